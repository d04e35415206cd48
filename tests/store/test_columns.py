"""Rows become instances by the names of fields and columns, never by an order kept by hand."""

import pkgutil
import types
from enum import Enum, StrEnum
from importlib import import_module
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    create_engine,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

import store
from store.columns import Columns, columns, without_none

KINDS: dict[type, tuple[type, ...]] = {
    int: (Integer,),
    float: (Float,),
    str: (Text,),
    bool: (Boolean,),
    dict: (JSON,),
    list: (JSON,),
    tuple: (JSON,),
}


USED = [
    pytest.param(value, id=f"{module.name}.{name}")
    for module in pkgutil.walk_packages(store.__path__, "store.")
    if not module.name.startswith("store.migrations")
    for name, value in vars(import_module(module.name)).items()
    if isinstance(value, Columns)
]


@pytest.mark.parametrize("used", USED)
def test_every_field_has_the_type_of_its_column(used: Columns[Any]) -> None:
    hints = get_type_hints(used.cls)
    wrong = [
        f"{field}: {hints[field]} from {column.type!r}"
        for field, column in used.selected.items()
        if not isinstance(_stored_as(column.type), KINDS.get(_plain(hints[field]), (JSON,)))
    ]
    assert not wrong, f"{used.cls.__name__}: {wrong}"


@pytest.mark.parametrize("used", USED)
def test_a_field_may_be_none_where_its_column_may_be_null(used: Columns[Any]) -> None:
    hints = get_type_hints(used.cls)
    wrong = [
        field
        for field, column in used.selected.items()
        if isinstance(column, Column) and column.nullable and types.NoneType not in get_args(hints[field])
    ]
    assert not wrong, f"{used.cls.__name__}: {wrong}"


def _stored_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _plain(hint: Any) -> Any:
    kind = without_none(hint)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return str if issubclass(kind, str) else int
    return get_origin(kind) or kind


class Colour(StrEnum):
    RED = "red"


class Crate(NamedTuple):
    id: int
    colour: Colour
    labels: tuple[str, ...]
    width: float | None


CRATES = Table(
    "crates",
    MetaData(),
    Column("width", Float),
    Column("labels", JSON, nullable=False),
    Column("paint", Text, nullable=False),
    Column("id", BigInteger, primary_key=True),
)


def test_the_order_of_the_tables_columns_does_not_matter() -> None:
    crates = columns(CRATES, Crate, colour="paint")
    engine = create_engine("sqlite://", poolclass=NullPool)
    with engine.begin() as tx:
        CRATES.create(tx)
        tx.execute(CRATES.insert().values(id=7, paint="red", labels=["a", "b"], width=0.5))
        crate = Crate(7, Colour.RED, ("a", "b"), 0.5)
        assert crates.all(tx, crates.select()) == [crate]
        assert crates.first(tx, crates.select()) == crate
        assert crates.first(tx, crates.select().where(CRATES.c.id == 8)) is None


def test_a_field_without_a_column_is_named_at_once() -> None:
    with pytest.raises(TypeError, match=r"Crate\.colour: crates has no column colour"):
        columns(CRATES, Crate)
