import pytest

from ingest import series_registry
from ingest.series_registry import NewSeries, SeriesRegistry
from store.database import Databases

NOW = 1_773_271_000_000
KEY = ("a", "temperature", "")


def test_a_series_has_the_same_number_after_a_restart(dbs: Databases) -> None:
    new = NewSeries()
    with dbs.journal.write() as tx:
        number = SeriesRegistry(tx).make(tx, new, KEY, NOW)
    with dbs.journal.read() as tx:
        assert SeriesRegistry(tx).ids == {KEY: number}
    assert number > 0


def test_nothing_counts_before_the_commit(dbs: Databases) -> None:
    new = NewSeries()
    with dbs.journal.write() as tx:
        registry = SeriesRegistry(tx)
        registry.make(tx, new, KEY, NOW)
        assert registry.ids == {}
    registry.add(new)
    assert registry.ids == new.ids


@pytest.mark.parametrize("committed", [False, True])
def test_one_device_cannot_use_up_the_numbers(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    monkeypatch.setattr(series_registry, "SERIES_OF_A_DEVICE", 3)
    with dbs.journal.write() as tx:
        registry, new = SeriesRegistry(tx), NewSeries()
        numbers = []
        for position in "abcd":
            numbers.append(registry.make(tx, new, ("a", "temperature", position), NOW))
            if committed:
                registry.add(new)
                new = NewSeries()
        assert [bool(number) for number in numbers] == [True, True, True, False]
        assert registry.make(tx, new, ("b", "temperature", ""), NOW) > 0


def test_a_flood_of_devices_ends_at_the_limit_of_all(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_registry, "SERIES_AT_MOST", 2)
    with dbs.journal.write() as tx:
        registry = SeriesRegistry(tx)
        for device in "ab":
            new = NewSeries()
            assert registry.make(tx, new, (device, "temperature", ""), NOW)
            registry.add(new)
        assert registry.make(tx, NewSeries(), ("c", "temperature", ""), NOW) == 0
