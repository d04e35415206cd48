"""Passwords that cost a test nothing: a login of the product takes 80 ms of a core by intention."""

from collections.abc import Iterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api import security

REAL_HASHER = security._hasher
"""As the product hashes."""


def quick_hasher() -> Iterator[None]:
    """The same algorithm with the least memory and one pass, for the whole process."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security, "_hasher", hasher)
        patch.setattr(security, "_nobody", hasher.hash("nobody has this password"))
        yield
