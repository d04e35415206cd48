"""The catalogue of produce and crop phases: shipped as a file, stored as the federation's own copy."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from core.catalogue.produce import Phase, Produce, phase_from, produce_from
from store import changes
from store.catalogue.tables import produce as table


class Source(NamedTuple):
    """`access`: how the source was read: found, part, abstract, memory, or ours."""

    key: str
    text: str
    access: str


def produce(tx: Connection) -> dict[str, Produce]:
    """The federation's produce by id, in the catalogue's order."""
    return {ident: produce_from(facts) for ident, facts in _rows(tx) if "/" not in ident}


def produce_of(tx: Connection, idents: Collection[str]) -> dict[str, Produce]:
    """Like `produce`, but parses only the entries asked for. Unknown ids are left out."""
    return {ident: produce_from(facts) for ident, facts in _rows(tx, idents) if "/" not in ident}


def phases(tx: Connection) -> dict[str, Phase]:
    """ "species/phase" -> the crop's needs in that phase; a mushroom shed is declared for one."""
    return {ident: phase_from(facts) for ident, facts in _rows(tx) if "/" in ident}


def use(tx: Connection, ident: str) -> Produce | Phase | None:
    """The produce or phase of a room's declared use. None if the id is unknown."""
    row = tx.execute(select(table.c.facts).where(table.c.id == ident)).first()
    if row is None:
        return None
    return phase_from(row.facts) if "/" in ident else produce_from(row.facts)


def seed(tx: Connection, now: int) -> int:
    """Adds missing entries and returns their number.

    Entries that the federation edited stay; others are updated to the shipped catalogue.
    """
    held = {row.id: row for row in tx.execute(select(table.c.id, table.c.facts, table.c.edited_at))}
    added = 0
    for facts in (*_shipped()["produce"], *_shipped()["phases"]):
        ident = facts["id"]
        row = held.get(ident)
        if row is None:
            tx.execute(insert(table).values(id=ident, facts=facts))
            added += 1
        elif row.edited_at is None and row.facts != facts:
            tx.execute(table.update().where(table.c.id == ident).values(facts=facts))
        else:
            continue
        changes.note(tx, "produce", ident, now)
    return added


def sources() -> dict[str, Source]:
    """Sources of the catalogue's numbers, by key."""
    return {key: Source(key, source["text"], source["seen"]) for key, source in _shipped()["sources"].items()}


def shipped() -> tuple[dict[str, Produce], dict[str, Phase]]:
    """The shipped catalogue, without a federation's edits."""
    return (
        {facts["id"]: produce_from(facts) for facts in _shipped()["produce"]},
        {facts["id"]: phase_from(facts) for facts in _shipped()["phases"]},
    )


@cache
def _shipped() -> Mapping[str, Any]:
    text = files("store.catalogue").joinpath("data/produce.json").read_text("utf-8")
    catalogue: Mapping[str, Any] = json.loads(text)
    return catalogue


def _rows(tx: Connection, only: Collection[str] | None = None) -> list[tuple[str, Mapping[str, Any]]]:
    """In the catalogue's order; the federation's own entries last."""
    last = len(_order())
    query = select(table.c.id, table.c.facts)
    if only is not None:
        query = query.where(table.c.id.in_(only))
    rows = [(row.id, row.facts) for row in tx.execute(query)]
    return sorted(rows, key=lambda row: (_order().get(row[0], last), row[0]))


@cache
def _order() -> Mapping[str, int]:
    entries = (*_shipped()["produce"], *_shipped()["phases"])
    return {facts["id"]: place for place, facts in enumerate(entries)}


def freezing_points(tx: Connection) -> dict[str, float]:
    """Produce -> freezing point (°C), only for produce that has one. Does not parse the whole catalogue."""
    query = select(table.c.id, table.c.facts["freezing"].as_float())
    return {ident: point for ident, point in tx.execute(query) if point is not None}
