"""PromQL queries to VictoriaMetrics and their results. Times are in ms.

A window of PromQL is (end - width, end]: evaluated at `end - 1` it is exactly our [start, end) in whole
ms.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from core.times import HOUR_MS
from store.history.bucket_sums import BucketSums

COUNTED, OTHER, FLAGS, CHANGED = "counted", "other", "flags", "changed"
_FUNCTIONS = ("min_over_time", "sum_over_time", "max_over_time", "count_over_time")
_EDGES = ("tfirst_over_time", "tlast_over_time")
_CHANGED = "changed_over_time"
_BEFORE_ALL = 1_262_304_000_000  # 2010; a window that begins before 1970 finds nothing
ASKED_AT_MOST = 10_000
"""Windows of a series in one query; the server's own limit is 30,000."""


class Sample(msgspec.Struct):
    """A line of an export: samples of one series."""

    metric: dict[str, str]
    values: list[float]
    timestamps: list[int]


class _Row(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Data(msgspec.Struct):
    result: list[_Row]


class _Answer(msgspec.Struct):
    data: _Data


class _Single(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Singles(msgspec.Struct):
    result: list[_Single]


class _Instant(msgspec.Struct):
    data: _Singles


class PointVersion(NamedTuple):
    """The latest value and flags of one (series, time), and the number of changes."""

    value: float
    flags: int
    revision: int


class CountedWindow(NamedTuple):
    """A bucket as counted by the server. `changed`: one of its points was changed, so its sums are wrong."""

    series: int
    start: int
    sums: BucketSums | None
    changed: bool


_sample = msgspec.json.Decoder(Sample).decode
_instant = msgspec.json.Decoder(_Instant).decode
_answer = msgspec.json.Decoder(_Answer).decode


def selector(name: str, fields: Sequence[str], series: Sequence[int] | None) -> str:
    names = f"{name}_{fields[0]}" if len(fields) == 1 else f"{name}_({'|'.join(fields)})"
    of = "" if series is None else f',series=~"{"|".join(map(str, series))}"'
    return f'{{__name__=~"{names}"{of}}}'


def export(name: str, series: Sequence[int] | None, start: int, end: int) -> dict[str, str]:
    """All samples in [start, end)."""
    match = selector(name, (COUNTED, OTHER, FLAGS, CHANGED), series)
    return {"match[]": match, "start": _seconds(start), "end": _seconds(end - 1)}


def windows(name: str, series: Sequence[int], first: int, last: int, width: int) -> dict[str, str]:
    """Buckets of `width` (ms) that end at `first`, `first` + `width` ... up to `last`."""
    functions = ",".join(f'"{function}"' for function in _FUNCTIONS)
    counted, changed = selector(name, (COUNTED,), series), selector(name, (CHANGED,), series)
    query = (
        f"(aggr_over_time(({functions}), {counted}[{width}ms]), "
        f'label_set(count_over_time({changed}[{width}ms]), "rollup", "{_CHANGED}"))'
    )
    step = width if last > first else HOUR_MS  # a range of one point needs any step
    return {
        "query": query,
        "start": _seconds(first - 1),
        "end": _seconds(last - 1),
        "step": f"{step}ms",
        "nocache": "1",
    }


def edges(name: str, series: Sequence[int], now: int) -> dict[str, str]:
    """Times of each series' first and last sample."""
    match = selector(name, (COUNTED, OTHER, CHANGED), series)
    functions = ",".join(f'"{function}"' for function in _EDGES)
    query = f"aggr_over_time(({functions}), {match}[{now - _BEFORE_ALL}ms])"
    return {"query": query, "time": _seconds(now), "nocache": "1"}


def latest(name: str, series: Sequence[int], start: int, end: int) -> dict[str, str]:
    query = f"last_over_time({selector(name, (COUNTED,), series)}[{end - start}ms])"
    return {"query": query, "time": _seconds(end - 1), "nocache": "1"}


def samples(answer: bytes) -> Iterator[Sample]:
    return (_sample(line) for line in answer.splitlines() if line)


def read_windows(answer: bytes, width: int) -> list[CountedWindow]:
    sums_by_window: dict[tuple[int, int], dict[str, float]] = {}
    for row in _answer(answer).data.result:
        series, function = int(row.metric["series"]), row.metric["rollup"]
        for at, value in row.values:
            start = round(at * 1000) + 1 - width
            sums_by_window.setdefault((series, start), {})[function] = float(value)
    return [
        CountedWindow(series, start, _sums(functions), _CHANGED in functions)
        for (series, start), functions in sums_by_window.items()
    ]


def read_edges(answer: bytes) -> dict[int, tuple[int, int]]:
    times_by_series: dict[int, list[int]] = {}
    for row in _instant(answer).data.result:
        times_by_series.setdefault(int(row.metric["series"]), []).append(round(float(row.value[1]) * 1000))
    return {series: (min(times), max(times)) for series, times in times_by_series.items()}


def read_values(answer: bytes) -> dict[int, float]:
    return {int(row.metric["series"]): float(row.value[1]) for row in _instant(answer).data.result}


def _sums(functions: dict[str, float]) -> BucketSums | None:
    if _FUNCTIONS[-1] not in functions:
        return None
    low, total, high, count = (functions[name] for name in _FUNCTIONS)
    return BucketSums(low, total, high, round(count))


def versions(exported: Iterator[Sample], name: str) -> dict[tuple[int, int], PointVersion]:
    """The latest version of each (series, time)."""
    values: dict[tuple[int, int], tuple[int, float]] = {}
    flags: dict[tuple[int, int], tuple[int, int]] = {}
    for sample in exported:
        series, revision = int(sample.metric["series"]), int(sample.metric.get("rev", "0"))
        field = sample.metric["__name__"].removeprefix(f"{name}_")
        for at, value in zip(sample.timestamps, sample.values, strict=True):
            key = series, at
            if field == FLAGS:
                if key not in flags or flags[key][0] <= revision:
                    flags[key] = revision, round(value)
            elif key not in values or values[key][0] <= revision:
                values[key] = revision, value
    return {
        key: PointVersion(value, flags.get(key, (0, 0))[1], max(revision, flags.get(key, (0, 0))[0]))
        for key, (revision, value) in values.items()
    }


def _seconds(at: int) -> str:
    return f"{at // 1000}.{at % 1000:03}"
