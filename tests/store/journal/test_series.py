"""The number of a series is in every stored reading: it must never mean something else later."""

import pytest

from store.database import Databases
from store.journal.series import Series, all_series, get_or_make

NOW = 1_800_000_000_000
KEYS = [
    ("a", "temperature", ""),
    ("a", "temperature", "t1"),
    ("a", "humidity", ""),
    ("A", "temperature", ""),
    ("a ", "temperature", ""),
    ("", "temperature", "a"),
    ("温度计", "temperature", "门边"),
    ("a' OR 1=1 --", "temperature", ""),
]


def test_every_difference_of_a_key_is_another_series(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        numbers = [get_or_make(tx, *key, NOW) for key in KEYS]
    assert len(set(numbers)) == len(KEYS)
    with dbs.journal.read() as tx:
        assert all_series(tx) == {
            number: Series(number, *key) for number, key in zip(numbers, KEYS, strict=True)
        }


def test_a_series_keeps_its_number_in_whatever_order_it_is_asked_for(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        numbers = {key: get_or_make(tx, *key, NOW) for key in KEYS}
    with dbs.journal.write() as tx:
        for key in reversed(KEYS):
            assert get_or_make(tx, *key, NOW + 1) == numbers[key]
        assert len(all_series(tx)) == len(KEYS)


def test_a_series_of_a_batch_that_was_undone_does_not_exist(dbs: Databases) -> None:
    def undone() -> None:
        with dbs.journal.write() as tx:
            get_or_make(tx, *KEYS[0], NOW)
            raise KeyError

    with pytest.raises(KeyError):
        undone()
    with dbs.journal.write() as tx:
        assert all_series(tx) == {}
        number = get_or_make(tx, *KEYS[1], NOW)
        assert all_series(tx) == {number: Series(number, *KEYS[1])}
