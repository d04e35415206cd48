"""Secrets that Coldshed generates, one file each."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_file(file: Path) -> str:
    """Returns the file's content. Creates it on first use, readable only by this user.

    The file is created atomically, because two processes may create it at the same time.
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
