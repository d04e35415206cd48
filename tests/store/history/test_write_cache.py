"""A cache that forgets or mixes up a bucket stores a wrong roll-up without any error."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.readings.rollups import FIVE_MINUTES
from core.times import HOUR_MS
from store.history.write_cache import NAMED_AT_MOST, Bucket, WriteCache, stretches_to_read

series_ids = st.integers(1, 4)
starts = st.integers(0, 40).map(lambda number: number * FIVE_MINUTES)
buckets = st.tuples(series_ids, starts)
bucket_sets = st.sets(buckets, max_size=12)
stored_items = st.dictionaries(st.tuples(series_ids, st.integers(0, 41 * FIVE_MINUTES - 1)), st.integers())


class Store:
    """Items by (series, time); counts what is read."""

    def __init__(self, items: dict[tuple[int, int], int]) -> None:
        self.items = items
        self.reads: list[tuple[Sequence[int] | None, int, int]] = []

    def read(self, series: Sequence[int] | None, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        self.reads.append((series, start, end))
        for (series_id, at), item in self.items.items():
            if start <= at < end and (series is None or series_id in series):
                yield series_id, at, item

    def of_bucket(self, bucket: Bucket) -> dict[int, int]:
        series, start = bucket
        return {
            at: item
            for (of_series, at), item in self.items.items()
            if of_series == series and start <= at < start + FIVE_MINUTES
        }


@given(stored_items, st.lists(bucket_sets, max_size=6), st.integers(1, 8))
def test_a_bucket_always_holds_what_the_store_holds(
    items: dict[tuple[int, int], int], batches: list[set[Bucket]], most: int
) -> None:
    store = Store(items)
    cache = WriteCache(FIVE_MINUTES, store.read, most)
    for number, touched in enumerate(batches):
        read = cache.get(touched)
        assert read == {bucket: store.of_bucket(bucket) for bucket in touched}
        for series, start in touched:  # a writer changes both
            read[series, start][start] = store.items[series, start] = number


@given(stored_items, bucket_sets)
def test_what_was_read_once_is_not_read_again_until_it_is_forgotten(
    items: dict[tuple[int, int], int], touched: set[Bucket]
) -> None:
    store = Store(items)
    cache = WriteCache(FIVE_MINUTES, store.read)
    cache.get(touched)
    reads = len(store.reads)
    cache.get(touched)
    assert len(store.reads) == reads
    cache.forget()
    assert cache.get(touched) == {bucket: store.of_bucket(bucket) for bucket in touched}
    assert len(store.reads) == 2 * reads


@given(st.lists(bucket_sets, max_size=6), st.integers(1, 8))
def test_the_memory_is_bounded_by_the_limit_or_one_batch(batches: list[set[Bucket]], most: int) -> None:
    cache = WriteCache(FIVE_MINUTES, Store({}).read, most)
    for touched in batches:
        cache.get(touched)
        assert len(cache._buckets) <= max(most, len(touched))


def test_the_bucket_that_was_used_longest_ago_goes_first() -> None:
    store = Store({})
    cache = WriteCache(FIVE_MINUTES, store.read, most=2)
    old, used, new = (1, 0), (2, 0), (3, 0)
    for bucket in (old, used, old, new):
        cache.get([bucket])
    store.reads.clear()
    cache.get([old, new])
    assert store.reads == []
    cache.get([used])
    assert len(store.reads) == 1


def test_a_query_names_some_series_but_never_thousands() -> None:
    store = Store({})
    for number in (NAMED_AT_MOST, NAMED_AT_MOST + 1):
        WriteCache(FIVE_MINUTES, store.read).get([(series, 0) for series in range(number)])
    (few, *_), (many, *_) = store.reads
    assert few == list(range(NAMED_AT_MOST))
    assert many is None


@given(bucket_sets, st.sampled_from([FIVE_MINUTES, HOUR_MS]))
def test_the_ranges_that_are_read_hold_every_bucket_once(touched: set[Bucket], width: int) -> None:
    touched = {(series, start * width // FIVE_MINUTES) for series, start in touched}
    stretches = stretches_to_read(touched, width)
    for series, start in touched:
        holding = [
            stretch
            for stretch, of_series in stretches.items()
            if series in of_series and stretch[0] <= start and start + width <= stretch[1]
        ]
        assert len(holding) == 1
    named = {series for of_series in stretches.values() for series in of_series}
    assert named == {series for series, _ in touched}


@given(bucket_sets)
def test_buckets_within_an_hour_are_one_range_and_a_day_apart_are_two(touched: set[Bucket]) -> None:
    later = {(series, start + 24 * HOUR_MS) for series, start in touched}
    stretches = stretches_to_read(touched | later, FIVE_MINUTES)
    for series in {series for series, _ in touched}:
        ranges = sorted(stretch for stretch, of_series in stretches.items() if series in of_series)
        assert all(first[1] + HOUR_MS < second[0] for first, second in pairwise(ranges))
        assert len(ranges) >= 2
