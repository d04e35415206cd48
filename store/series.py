"""Series: (device, metric, position) as a small integer."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from store.tables import series


class Series(NamedTuple):
    id: int
    device: str
    metric: str
    position: str


def all_series(tx: Connection) -> dict[int, Series]:
    found = tx.execute(select(*series.c["id", "device", "metric", "position"]))
    return {row.id: Series(*row) for row in found}


def get_or_make(tx: Connection, device: str, metric: str, position: str, now: int) -> int:
    """The number of a series, made in the caller's transaction if it is new."""
    known = tx.execute(
        select(series.c.id).where(
            series.c.device == device, series.c.metric == metric, series.c.position == position
        )
    ).scalar()
    if known is not None:
        return int(known)
    made = tx.execute(
        insert(series).values(device=device, metric=metric, position=position, first_at=now)
    ).inserted_primary_key
    assert made is not None
    return int(made[0])
