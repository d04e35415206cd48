"""A decoder family's memory between messages, stored in the transaction of the batch that changed it."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from core.errors import DecodeError

KEYS_AT_MOST = 20_000
BYTES_AT_MOST = 256 << 10
PASSING_AT_MOST = 50_000

OnMemoryChanged = Callable[[str, "FamilyMemory"], object]
"""Called with a family and its memory when a lasting value in it has changed."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_DELETED: Any = object()


class FamilyMemory:
    """Plain JSON values by key. Never change a value in place: `put` a new one.

    A new value is visible at once to later messages, and permanent after `on_committed`. The values of a
    batch that was not committed are forgotten, because the broker sends it again. Values put with
    `lasting=False` are not stored; if there are too many, the oldest are dropped.
    """

    def __init__(self, rows: dict[str, bytes] | None = None) -> None:
        self._values: dict[str, Any] = {key: _decode(row) for key, row in (rows or {}).items()}
        self._new_rows: dict[str, bytes | None] = {}
        self._new_values: dict[str, Any] = {}
        self._passing: dict[str, Any] = {}
        self._passing_new: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """The value, or None."""
        for values in (self._new_values, self._passing_new, self._values, self._passing):
            if key in values:
                return None if values[key] is _DELETED else values[key]
        return None

    def put(self, key: str, value: Any, *, lasting: bool = True) -> None:
        """Raises `DecodeError` (too_many, too_large, bad_encoding) if it cannot be remembered."""
        if not lasting:
            self._passing_new[key] = value
            return
        if key in self._new_values or key in self._values:
            if self.get(key) == value:
                return
        elif len(self._values) + len(self._new_rows) >= KEYS_AT_MOST:
            raise DecodeError("too_many", key[:100])
        try:
            row = _encode(value)
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON may contain
            raise DecodeError("bad_encoding", ascii(key)[:100]) from None
        if len(row) > BYTES_AT_MOST:
            raise DecodeError("too_large", key[:100])
        self._new_values[key], self._new_rows[key] = value, row

    def drop(self, key: str) -> None:
        if self.get(key) is not None:
            self._new_values[key], self._new_rows[key] = _DELETED, None

    def items(self) -> Iterator[tuple[str, Any]]:
        """Lasting values."""
        for key, value in ({**self._values, **self._new_values}).items():
            if value is not _DELETED:
                yield key, value

    @property
    def changes(self) -> dict[str, bytes | None]:
        """Rows to write; None deletes a row."""
        return self._new_rows

    def on_committed(self) -> None:
        for key, value in self._new_values.items():
            if value is _DELETED:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self._passing |= self._passing_new
        if len(self._passing) > PASSING_AT_MOST:
            for key in list(self._passing)[: PASSING_AT_MOST // 2]:
                del self._passing[key]
        self.on_rolled_back()

    def on_rolled_back(self) -> None:
        """Forgets what was put since the last commit."""
        self._new_values, self._new_rows, self._passing_new = {}, {}, {}


class DecoderMemory:
    """A `FamilyMemory` for each family that has one."""

    def __init__(self, rows: dict[str, dict[str, bytes]]) -> None:
        self._by_family = {family: FamilyMemory(values) for family, values in rows.items()}

    def family_memory(self, family: str) -> FamilyMemory:
        memory = self._by_family.get(family)
        if memory is None:
            memory = self._by_family[family] = FamilyMemory()
        return memory

    def families(self) -> Iterator[tuple[str, FamilyMemory]]:
        return iter(self._by_family.items())

    def on_rolled_back(self) -> None:
        for memory in self._by_family.values():
            memory.on_rolled_back()

    def on_committed(self) -> None:
        for memory in self._by_family.values():
            memory.on_committed()

    def changed_families(self) -> list[str]:
        """Families that have something to write."""
        return [family for family, memory in self._by_family.items() if memory.changes]

    @property
    def changes(self) -> list[tuple[str, str, bytes | None]]:
        """(family, key, row or None)"""
        return [(f, key, row) for f, memory in self._by_family.items() for key, row in memory.changes.items()]
