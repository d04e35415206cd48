"""Maps a table's columns to the fields of a class by name, so that no order is maintained by hand."""

import dataclasses
import types
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import ColumnElement, Connection, Executable, FromClause, Select, select

T = TypeVar("T")
Convert = Callable[[Any], Any]


class Columns(Generic[T]):
    """The columns of one table for the fields of `cls` (a dataclass or a NamedTuple), in field order."""

    def __init__(self, cls: type[T], selected: dict[str, ColumnElement[Any]]) -> None:
        self.cls = cls
        self._build: Callable[..., T] = cls
        self.selected = selected
        hints = get_type_hints(cls)
        converters = [_converter(hints[name]) for name in selected]
        self._converters = [(i, convert) for i, convert in enumerate(converters) if convert is not None]

    def __iter__(self) -> Iterator[ColumnElement[Any]]:
        return iter(self.selected.values())

    def select(self) -> Select[Any]:
        return select(*self)

    def make(self, row: Sequence[Any]) -> T:
        """Makes an instance from a row of exactly these columns."""
        if not self._converters:
            return self._build(*row)
        values = list(row)
        for i, convert in self._converters:
            values[i] = convert(values[i])
        return self._build(*values)

    def all(self, tx: Connection, query: Executable) -> list[T]:
        """Instances for every row of a query on exactly these columns."""
        return [self.make(row) for row in tx.execute(query)]

    def first(self, tx: Connection, query: Executable) -> T | None:
        row = tx.execute(query).first()
        return None if row is None else self.make(row)


def columns(table: FromClause, cls: type[T], **stored_as: str) -> Columns[T]:
    """The columns for the fields of `cls`. `stored_as`: field -> column, if the names differ.

    Enums are made from text, tuples from JSON lists. Raises TypeError, at import, if a field has no
    column.
    """
    selected: dict[str, ColumnElement[Any]] = {}
    for field in _field_names(cls):
        name = stored_as.get(field, field)
        if name not in table.c:
            raise TypeError(f"{cls.__name__}.{field}: {table} has no column {name}")
        selected[field] = table.c[name]
    return Columns(cls, selected)


def _field_names(cls: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(cls):
        return tuple(field.name for field in dataclasses.fields(cls) if field.init)
    return tuple(cls._fields)  # type: ignore[attr-defined]


def without_none(hint: Any) -> Any:
    """`X` for the type hint `X | None`."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return next(kind for kind in get_args(hint) if kind is not types.NoneType)


def _converter(hint: Any) -> Convert | None:
    kind = without_none(hint)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: None if value is None else kind(value)
    return tuple if get_origin(kind) is tuple else None
