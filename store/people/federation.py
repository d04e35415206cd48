"""The federation, its villages and cooperatives."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select

from core.errors import Refused
from store import changes
from store.columns import columns
from store.people.tables import cooperatives as cooperative_table
from store.people.tables import federations
from store.people.tables import villages as village_table
from store.rooms.tables import sites

WEIGHT_UNITS = ("jin", "kg")
TIMEZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Federation:
    """`signature` precedes every SMS (stored without brackets); `weight_unit` is `jin` or `kg`."""

    id: int
    name: str
    signature: str
    weight_unit: str
    demo: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Village:
    id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Cooperative:
    id: int
    name: str
    village: int


_FEDERATION = columns(federations, Federation)
_VILLAGE = columns(village_table, Village)
_COOPERATIVE = columns(cooperative_table, Cooperative)


def federation(tx: Connection) -> Federation | None:
    """The one federation of this installation. None before the first setup."""
    return _FEDERATION.first(tx, _FEDERATION.select().order_by(federations.c.id))


def villages(tx: Connection) -> list[Village]:
    return _VILLAGE.all(tx, _VILLAGE.select().order_by(village_table.c.id))


def cooperatives(tx: Connection) -> list[Cooperative]:
    return _COOPERATIVE.all(tx, _COOPERATIVE.select().order_by(cooperative_table.c.id))


def village_names(tx: Connection) -> dict[int, str]:
    return {village.id: village.name for village in villages(tx)}


def cooperative_names(tx: Connection) -> dict[int, str]:
    return {cooperative.id: cooperative.name for cooperative in cooperatives(tx)}


def weight_unit(tx: Connection) -> str:
    """The federation's unit for people: `jin` or `kg`."""
    current = federation(tx)
    return current.weight_unit if current else "jin"


def add_federation(
    tx: Connection, now: int, name: str, signature: str, weight_unit: str = "jin", demo: bool = False
) -> int:
    """Creates the federation. Refused if one exists, without a name, or with brackets in the signature."""
    if federation(tx) is not None:
        raise Refused("already_begun", "联合社已经建好了")
    signature = signature.strip().removeprefix("【").removesuffix("】").strip() or name.strip()
    if re.search(r"[【】\[\]]", signature):
        raise Refused("bad_signature", "短信签名里不要带括号")
    if weight_unit not in WEIGHT_UNITS:
        raise Refused("unknown_unit", "没有这种单位:%(unit)s", unit=weight_unit)
    values = {"signature": signature, "weight_unit": weight_unit, "demo": demo, "created_at": now}
    return _add(tx, now, "federation", federations, name=name, **values)


def add_village(tx: Connection, now: int, name: str, code: str = "") -> int:
    """`code` is the administrative code of twelve digits, or ""."""
    code = re.sub(r"\s", "", code)
    if code and not re.fullmatch(r"[0-9]{12}", code):
        raise Refused("bad_code", "行政区划代码要12位数字:%(code)s", code=code)
    return _add(tx, now, "federation", village_table, name=name, code=code)


def add_cooperative(tx: Connection, now: int, name: str, village: int) -> int:
    _must_be(tx, village)
    return _add(tx, now, "federation", cooperative_table, name=name, village=village)


def add_site(
    tx: Connection, now: int, name: str, village: int | None = None, timezone: str = TIMEZONE
) -> int:
    """Adds a site: a place with rooms and a time zone. Returns its id."""
    if village is not None:
        _must_be(tx, village)
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise Refused("unknown_timezone", "没有这个时区:%(timezone)s", timezone=timezone) from None
    return _add(tx, now, "site", sites, name=name, village=village, timezone=timezone)


def _must_be(tx: Connection, village: int) -> None:
    if tx.execute(select(village_table.c.id).where(village_table.c.id == village)).first() is None:
        raise Refused("unknown_village", "没有这个村")


def _add(tx: Connection, now: int, noun: str, table: Table, *, name: str, **values: object) -> int:
    name = name.strip()
    if not name:
        raise Refused("no_name", "名字没填")
    if tx.execute(select(table.c.id).where(table.c.name == name)).first() is not None:
        raise Refused("name_taken", "已经有叫%(name)s的了", name=name)
    made = int(tx.execute(insert(table).values(name=name, **values).returning(table.c.id)).scalar_one())
    changes.note(tx, noun, made, now)
    return made
