"""Secrets that this program makes for itself, each in a file of its own."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_file(file: Path) -> str:
    """What the file holds. Made at first need, readable by us only.

    Two may come first together: the file appears under its name whole, or not at all.
    """
    if not file.exists():
        made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        try:
            with open(made, "x", opener=_private) as writing:
                writing.write(secrets.token_urlsafe(32))
                writing.flush()
                os.fsync(writing.fileno())
            with suppress(FileExistsError):
                os.link(made, file)
        finally:
            made.unlink(missing_ok=True)
    return file.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
