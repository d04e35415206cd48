"""A small file system, to be filled or made read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PIECE = 1 << 20


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A tmpfs of `size` bytes. Skips the test where nothing can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        text = f"a file system cannot be mounted here: {made.stderr.strip()}"
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, mode: str) -> None:
    """`mode`: ro or rw. No file may be open for writing."""
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def fill(file: Path) -> None:
    """To the last byte."""
    for size in (PIECE, 4096, 1):
        with suppress(OSError), file.open("ab", buffering=0) as filler:
            while filler.write(bytes(size)):
                pass
