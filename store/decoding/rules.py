"""规则 (rules) that people made: stored as plain data, switched on and off, limited in number because each
is tried on every topic."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from core.decoding.rules import Rule, check, from_plain_data, to_plain_data
from core.errors import Refused
from store import changes
from store.decoding.tables import rules as table

AT_MOST = 200
_COLUMNS = table.c["id", "facts", "name", "active", "version", "changed_at", "by"]


class StoredRule(NamedTuple):
    """`rule` is None if this version cannot parse it (an older one wrote it)."""

    id: int
    rule: Rule | None
    name: str
    active: bool
    version: int
    changed_at: int
    by: int | None


def stored_rules(tx: Connection) -> list[StoredRule]:
    """Newest first."""
    return [_kept(*row) for row in tx.execute(select(*_COLUMNS).order_by(table.c.id.desc()))]


def stored_rule(tx: Connection, ident: int) -> StoredRule | None:
    row = tx.execute(select(*_COLUMNS).where(table.c.id == ident)).first()
    return _kept(*row) if row else None


def versions(tx: Connection) -> list[tuple[int, int]]:
    """(id, version) of every rule; differs after any change."""
    rows = tx.execute(select(table.c.id, table.c.version).order_by(table.c.id))
    return [(row.id, row.version) for row in rows]


def add_rule(tx: Connection, now: int, new: Rule, by: int | None) -> int:
    """Returns the new rule's id. Refused: bad_rule, bad_path, taken (the name), too_many."""
    check(new)
    _free(tx, new.name, None)
    if int(tx.execute(select(func.count()).select_from(table)).scalar() or 0) >= AT_MOST:
        raise Refused("too_many", "规则太多了,最多%(most)d条,先删掉不用的", most=AT_MOST)
    values = {
        "name": new.name,
        "facts": to_plain_data(new),
        "active": True,
        "version": 1,
        "changed_at": now,
        "by": by,
    }
    made = int(tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one())
    changes.note(tx, "rule", made, now)
    return made


def change_rule(
    tx: Connection,
    now: int,
    ident: int,
    by: int | None,
    *,
    new: Rule | None = None,
    active: bool | None = None,
) -> None:
    """Replaces the rule, or switches it on or off. Refused: bad_rule, bad_path, taken, no_such_rule."""
    values: dict[str, object] = {"version": table.c.version + 1, "changed_at": now, "by": by}
    if new is not None:
        check(new)
        _free(tx, new.name, ident)
        values |= {"name": new.name, "facts": to_plain_data(new)}
    if active is not None:
        values["active"] = active
    if tx.execute(update(table).where(table.c.id == ident).values(values)).rowcount == 0:
        raise _gone()
    changes.note(tx, "rule", ident, now)


def remove_rule(tx: Connection, now: int, ident: int) -> None:
    """Deletes the rule; readings that it decoded stay. Refused: no_such_rule."""
    if tx.execute(delete(table).where(table.c.id == ident)).rowcount == 0:
        raise _gone()
    changes.note(tx, "rule", ident, now)


def _kept(
    ident: int, facts: object, name: str, active: bool, version: int, changed_at: int, by: int | None
) -> StoredRule:
    try:
        rule = from_plain_data(facts)
    except Refused:
        rule = None
    return StoredRule(ident, rule, name, active, version, changed_at, by)


def _free(tx: Connection, name: str, ident: int | None) -> None:
    taken = tx.execute(select(table.c.id).where(table.c.name == name)).scalar()
    if taken is not None and taken != ident:
        raise Refused("taken", "已经有一条规则叫“%(name)s”,换个名字", name=name)


def _gone() -> Refused:
    return Refused("no_such_rule", "没有这条规则")
