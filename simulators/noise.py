"""Chance without memory: the same seed and moment always give the same number.

So a day can be computed again, in any order and after a restart, and comes out the same.
"""

from functools import lru_cache
from random import Random
from zlib import crc32


def salt(*names: object) -> int:
    """A number for these names that is the same in every process."""
    return crc32("/".join(map(str, names)).encode())


def chance(*names: object) -> Random:
    """A source of random numbers that belongs to these names alone."""
    return Random(salt(*names))


@lru_cache(maxsize=4)
def normal_table(seed: int) -> tuple[float, ...]:
    """4096 standard normal numbers: cheap white noise, looked up by `place`."""
    source = Random(seed)
    return tuple(source.gauss(0, 1) for _ in range(4096))


def place(seconds: int, key: int) -> int:
    """Where in the table the noise of a moment stands; each key walks its own way."""
    return ((seconds ^ key) * 2654435761 >> 9) & 4095
