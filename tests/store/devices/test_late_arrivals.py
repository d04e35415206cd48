"""Devices whose latest reading came too late to tell of now."""

from core.readings.readings import Flag, Reading
from core.times import HOUR_MS
from store.database import Databases
from store.devices.late_arrivals import late_arrivals
from store.journal import latest, series

NOW = 1_773_271_000_000
LATE = int(Flag.LATE)


def say(
    dbs: Databases, device: str, age: int, flags: int, metric: str = "temperature", at: int = NOW
) -> None:
    with dbs.journal.write() as tx:
        number = series.get_or_make(tx, device, metric, "", at)
        latest.put(tx, at, [Reading(number, at - age, 4.0, flags)])


def lateness(dbs: Databases) -> dict[str, int]:
    with dbs.journal.read() as tx:
        return late_arrivals(tx)


def test_only_devices_whose_last_word_was_late(dbs: Databases) -> None:
    say(dbs, "late", 5 * HOUR_MS, LATE)
    say(dbs, "late", 6 * HOUR_MS, LATE, "humidity")
    say(dbs, "right", 0, 0)
    assert lateness(dbs) == {"late": 5 * HOUR_MS}


def test_a_backlog_that_is_over_is_no_lateness(dbs: Databases) -> None:
    say(dbs, "again", 5 * HOUR_MS, LATE, "humidity")
    say(dbs, "again", 0, 0, at=NOW + 1)
    assert lateness(dbs) == {}
    say(dbs, "again", 5 * HOUR_MS, LATE, "co2", at=NOW + 2)
    assert lateness(dbs) == {"again": 5 * HOUR_MS}
