"""Flux queries to InfluxDB and their results. Times are in ms; stored values are floats."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from core.errors import StoreError

READING, ROLLUP = "reading", "rollup"  # measurements
FIELDS = ("min", "sum", "max", "count")
EVER = (0, 7_258_118_400_000)  # until 2200
_CSV = {"annotations": [], "delimiter": ",", "header": True, "dateTimeFormat": "RFC3339"}


class FluxRow(NamedTuple):
    """`result` names the part of the query."""

    result: str
    series: int
    at: int
    field: str
    value: float


def body(query: str) -> dict[str, object]:
    return {"query": query, "type": "flux", "dialect": _CSV}


def time(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z"


def select(bucket: str, measurement: str, series: Sequence[int] | None, start: int, end: int) -> str:
    """All fields stored in [start, end) of these series, or of all."""
    return (
        f"{_from(bucket, start, end)}\n  |> filter(fn: (r) => {_filter(measurement, series)})\n  |> {_KEEP}\n"
    )


def latest(bucket: str, series: Sequence[int], start: int, end: int) -> str:
    """The latest value and the latest flags of each series in [start, end)."""
    return (
        f"{_from(bucket, start, end)}\n"
        f"  |> filter(fn: (r) => {_filter(READING, series)})\n"
        f"  |> last()\n"
        f"  |> {_KEEP}\n"
    )


def named(name: str, question: str) -> str:
    return f'{question}  |> yield(name: "{name}")\n'


def windows(bucket: str, series: Sequence[int], start: int, end: int, step: int) -> str:
    """Coarser roll-ups from those in `bucket`. One query per field, because the storage engine then
    aggregates itself."""
    return "".join(
        named(
            f"{bucket} {field}",
            f"{_from(bucket, start, end)}\n"
            f'  |> filter(fn: (r) => {_filter(ROLLUP, series)} and r._field == "{field}")\n'
            f"  |> aggregateWindow(every: {step}ms, fn: {'sum' if field == 'count' else field},"
            f' createEmpty: false, timeSrc: "_start")\n'
            f"  |> {_KEEP}\n",
        )
        for field in FIELDS
    )


def edges(bucket: str, measurement: str, field: str, series: Sequence[int]) -> str:
    """The first and last row of each series in a bucket."""
    source = (
        f"{_from(bucket, *EVER)}\n"
        f'  |> filter(fn: (r) => {_filter(measurement, series)} and r._field == "{field}")\n'
    )
    return "".join(
        named(f"{bucket} {end}", f"{source}  |> {end}()\n  |> {_KEEP}\n") for end in ("first", "last")
    )


_KEEP = 'keep(columns: ["series", "_time", "_field", "_value"])'


def _from(bucket: str, start: int, end: int) -> str:
    return f'from(bucket: "{bucket}")\n  |> range(start: {time(start)}, stop: {time(end)})'


def _filter(measurement: str, series: Sequence[int] | None) -> str:
    condition = f'r._measurement == "{measurement}"'
    if series is None:
        return condition
    if len(series) == 1:
        return f'{condition} and r.series == "{series[0]}"'
    return f"{condition} and r.series =~ /^({'|'.join(map(str, series))})$/"  # Flux cannot nest many "or"


def rows(answer: str) -> Iterator[FluxRow]:
    """Raises `StoreError` for an error at the end of a result that began well."""
    places: list[int] = []
    for line in csv.reader(_lines(answer)):
        if not line:
            places = []
        elif not places:
            if "error" in line:
                raise StoreError("InfluxDB broke an answer off")
            places = [line.index(name) for name in ("result", "series", "_time", "_field", "_value")]
        else:
            result, series, at, field, value = (line[place] for place in places)
            yield FluxRow(result, int(series), _ms(at), field, float(value))


def _lines(answer: str) -> Iterable[str]:
    return answer.splitlines()


def _ms(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int(at.timestamp()) * 1000 + at.microsecond // 1000
