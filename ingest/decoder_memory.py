"""What a decoder family remembers between messages, kept in the transaction of the batch that taught it."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from core.errors import DecodeError

KEYS_AT_MOST = 20_000
BYTES_AT_MOST = 256 << 10
PASSING_AT_MOST = 50_000

Heard = Callable[[str, "FamilyMemory"], object]
"""Told of a family and its memory when something in it that lasts has changed."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_GONE: Any = object()


class FamilyMemory:
    """Plain JSON values by key. Never change a value in place: `put` a new one.

    What is put counts at once for the messages behind, and for good once `keep` was called: a batch
    that was not committed is forgotten whole (`forget`), since the broker sends it again. Values put
    with `lasting=False` are not written down; of those the oldest are lost when there are too many.
    """

    def __init__(self, rows: dict[str, bytes] | None = None) -> None:
        self._kept: dict[str, Any] = {key: _decode(row) for key, row in (rows or {}).items()}
        self._new: dict[str, bytes | None] = {}
        self._seen: dict[str, Any] = {}
        self._passing: dict[str, Any] = {}
        self._passing_new: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """The value, or `None`."""
        for found in (self._seen, self._passing_new, self._kept, self._passing):
            if key in found:
                return None if found[key] is _GONE else found[key]
        return None

    def put(self, key: str, value: Any, *, lasting: bool = True) -> None:
        """Raises `DecodeError` (too_many, too_large, bad_encoding) where it cannot be remembered."""
        if not lasting:
            self._passing_new[key] = value
            return
        if key in self._seen or key in self._kept:
            if self.get(key) == value:
                return
        elif len(self._kept) + len(self._new) >= KEYS_AT_MOST:
            raise DecodeError("too_many", key[:100])
        try:
            row = _encode(value)
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold
            raise DecodeError("bad_encoding", ascii(key)[:100]) from None
        if len(row) > BYTES_AT_MOST:
            raise DecodeError("too_large", key[:100])
        self._seen[key], self._new[key] = value, row

    def drop(self, key: str) -> None:
        if self.get(key) is not None:
            self._seen[key], self._new[key] = _GONE, None

    def items(self) -> Iterator[tuple[str, Any]]:
        """What lasts."""
        for key, value in ({**self._kept, **self._seen}).items():
            if value is not _GONE:
                yield key, value

    @property
    def changes(self) -> dict[str, bytes | None]:
        """Rows to write, `None` where one goes."""
        return self._new

    def keep(self) -> None:
        for key, value in self._seen.items():
            if value is _GONE:
                self._kept.pop(key, None)
            else:
                self._kept[key] = value
        self._passing |= self._passing_new
        if len(self._passing) > PASSING_AT_MOST:
            for key in list(self._passing)[: PASSING_AT_MOST // 2]:
                del self._passing[key]
        self.forget()

    def forget(self) -> None:
        """What was put since the last `keep`."""
        self._seen, self._new, self._passing_new = {}, {}, {}


class DecoderMemory:
    """One for each family that has something to remember."""

    def __init__(self, rows: dict[str, dict[str, bytes]]) -> None:
        self._of = {family: FamilyMemory(found) for family, found in rows.items()}

    def of(self, family: str) -> FamilyMemory:
        found = self._of.get(family)
        if found is None:
            found = self._of[family] = FamilyMemory()
        return found

    def each(self) -> Iterator[tuple[str, FamilyMemory]]:
        return iter(self._of.items())

    def forget(self) -> None:
        for memory in self._of.values():
            memory.forget()

    def keep(self) -> list[str]:
        """Which families have changed for good."""
        changed = [family for family, memory in self._of.items() if memory.changes]
        for memory in self._of.values():
            memory.keep()
        return changed

    @property
    def changes(self) -> list[tuple[str, str, bytes | None]]:
        """(family, key, row or `None`)"""
        return [(f, key, row) for f, memory in self._of.items() for key, row in memory.changes.items()]
