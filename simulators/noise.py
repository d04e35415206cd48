"""Random numbers as a pure function of names: one seed and moment always give one number.

So a day can be computed again, in any order and after a restart, with the same result.
"""

from functools import lru_cache
from random import Random
from zlib import crc32


def salt(*names: object) -> int:
    """A 32-bit hash of these names, the same in every process."""
    return crc32("/".join(map(str, names)).encode())


def chance(*names: object) -> Random:
    """A random generator seeded by these names."""
    return Random(salt(*names))


@lru_cache(maxsize=4)
def normal_table(seed: int) -> tuple[float, ...]:
    """4096 standard normal numbers: cheap white noise, indexed by `place`."""
    source = Random(seed)
    return tuple(source.gauss(0, 1) for _ in range(4096))


def place(seconds: int, key: int) -> int:
    """The index in the table for a moment; each key has its own sequence."""
    return ((seconds ^ key) * 2654435761 >> 9) & 4095
