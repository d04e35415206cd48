"""Converts points and roll-ups to line protocol, and from the rows of an InfluxDB result. Pure."""

from collections.abc import Iterable, Iterator

from core.readings.readings import Reading
from store.history import flux
from store.history.bucket_sums import BucketSums

ValueAndFlags = tuple[float, int]


def point_line(reading: Reading) -> str:
    series, at, value, flags = reading[:4]
    return f"{flux.READING},series={series} value={float(value)!r},flags={flags}.0 {at}"


def rollup_line(series: int, at: int, sums: BucketSums) -> str:
    low, total, high, count = sums
    return (
        f"{flux.ROLLUP},series={series} "
        f"min={float(low)!r},sum={float(total)!r},max={float(high)!r},count={count}.0 {at}"
    )


def point_rows(rows: Iterable[flux.FluxRow]) -> Iterator[tuple[int, int, ValueAndFlags]]:
    """(series, time (ms), value and flags). A point without flags has none set."""
    values: dict[tuple[int, int], float] = {}
    flags: dict[tuple[int, int], int] = {}
    for row in rows:
        if row.field == "value":
            values[row.series, row.at] = row.value
        else:
            flags[row.series, row.at] = int(row.value)
    for (series, at), value in values.items():
        yield series, at, (value, flags.get((series, at), 0))


def rollup_rows(rows: Iterable[flux.FluxRow]) -> Iterator[tuple[int, int, BucketSums]]:
    """(series, start (ms), sums). Skips a roll-up that lacks a field."""
    fields_by_bucket: dict[tuple[int, int], dict[str, float]] = {}
    for row in rows:
        fields_by_bucket.setdefault((row.series, row.at), {})[row.field] = row.value
    for (series, at), fields in fields_by_bucket.items():
        if len(fields) == len(flux.FIELDS):
            yield (
                series,
                at,
                BucketSums(fields["min"], fields["sum"], fields["max"], int(fields["count"])),
            )
