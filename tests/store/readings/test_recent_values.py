"""The last minutes from the journal, read on from where it was; and how often devices speak."""

from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from core.times import HOUR_MS, MINUTE_MS
from store.alerts.engine_state import StoredProbe, save_probes
from store.database import Databases
from store.journal import journal
from store.journal.series import get_or_make
from store.readings.recent_values import KEPT, RecentValues
from store.readings.reporting_intervals import intervals

NOW = 1_768_320_000_000


def say(
    dbs: Databases, at: int, *values: tuple[int, float], flags: int = 0, measured: int | None = None
) -> None:
    with dbs.journal.write() as tx:
        readings = [
            Reading(number, at if measured is None else measured, value, flags) for number, value in values
        ]
        journal.append(tx, at, journal.READINGS, batch_body(readings, []))


def series(dbs: Databases, device: str, metric: str = "temperature") -> int:
    with dbs.journal.write() as tx:
        return get_or_make(tx, device, metric, "", NOW)


def test_it_knows_the_last_quarter_of_an_hour_of_temperatures(dbs: Databases) -> None:
    probe, damp = series(dbs, "a"), series(dbs, "a", "humidity")
    for ago in range(30, -1, -1):
        say(dbs, NOW - ago * MINUTE_MS, (probe, float(ago)), (damp, 91.0))
    temperatures = RecentValues(dbs).temperatures(NOW)
    assert list(temperatures) == [probe]
    assert temperatures[probe][0] == (NOW - KEPT, 15.0)
    assert temperatures[probe][-1] == (NOW, 0.0)
    assert len(temperatures[probe]) == 16


def test_it_reads_on_and_forgets_and_meets_new_probes(dbs: Databases) -> None:
    probe = series(dbs, "a")
    recent = RecentValues(dbs)
    assert recent.temperatures(NOW) == {}
    say(dbs, NOW, (probe, 4.0))
    assert recent.temperatures(NOW) == {probe: [(NOW, 4.0)]}
    new = series(dbs, "b")
    say(dbs, NOW + MINUTE_MS, (new, 21.0))
    assert recent.temperatures(NOW + MINUTE_MS) == {probe: [(NOW, 4.0)], new: [(NOW + MINUTE_MS, 21.0)]}
    assert list(recent.temperatures(NOW + KEPT + 1)) == [new]


def test_asked_again_after_an_hour_it_does_not_read_the_hour(dbs: Databases) -> None:
    probe = series(dbs, "a")
    recent = RecentValues(dbs)
    say(dbs, NOW, (probe, 4.0))
    recent.temperatures(NOW)
    for minutes in range(1, 61):
        say(dbs, NOW + minutes * MINUTE_MS, (probe, 5.0))
    temperatures = recent.temperatures(NOW + HOUR_MS)
    assert temperatures[probe][0][0] == NOW + HOUR_MS - KEPT
    assert len(temperatures[probe]) == 16


def test_more_rows_than_one_piece_are_all_read(dbs: Databases) -> None:
    probe = series(dbs, "a")
    with dbs.journal.write() as tx:
        for n in range(1_300):
            at = NOW - (1_300 - n) * 500
            journal.append(tx, at, journal.READINGS, batch_body([Reading(probe, at, 4.0)], []))
    assert len(RecentValues(dbs).temperatures(NOW)[probe]) == 1_300


def test_what_cannot_be_and_what_comes_late_is_left_out_but_not_a_jump(
    dbs: Databases,
) -> None:
    probe = series(dbs, "a")
    say(dbs, NOW, (probe, 85.0), flags=int(Flag.IMPLAUSIBLE))
    say(dbs, NOW, (probe, 3.0), measured=NOW - HOUR_MS)
    say(dbs, NOW, (probe, 31.0), measured=NOW - MINUTE_MS, flags=int(Flag.STEP))
    say(dbs, NOW, (probe, 4.0), measured=NOW - 2 * MINUTE_MS)
    say(dbs, NOW, (probe, 4.5), measured=NOW - 3 * MINUTE_MS)
    assert RecentValues(dbs).temperatures(NOW) == {
        probe: [
            (NOW - 3 * MINUTE_MS, 4.5),
            (NOW - 2 * MINUTE_MS, 4.0),
            (NOW - MINUTE_MS, 31.0),
        ]
    }


def test_a_clock_that_was_set_back_begins_anew(dbs: Databases) -> None:
    probe = series(dbs, "a")
    recent = RecentValues(dbs)
    say(dbs, NOW, (probe, 4.0))
    recent.temperatures(NOW + 5 * MINUTE_MS)
    assert list(recent.temperatures(NOW)) == [probe]


def test_intervals_are_those_that_the_alert_engine_learned_of_any_number_of_series(dbs: Databases) -> None:
    heard = [StoredProbe(n, NOW, 4.0, False, 0, 60_000 if n % 2 else None) for n in range(40_000)]
    for _ in range(2):
        with dbs.records.write() as tx:
            save_probes(tx, heard)
    with dbs.records.read() as tx:
        interval_by_series = intervals(tx)
    assert len(interval_by_series) == 20_000
    assert interval_by_series[1] == 60_000
