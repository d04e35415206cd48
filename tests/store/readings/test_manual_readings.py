"""Readings by hand: in the journal once, in the room, never a probe."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import Refused
from core.metrics import Verdict
from core.overview.status import RoomState
from core.readings.journal_codec import decode_batch
from core.readings.manual_readings import NewManualReading, device_of
from core.readings.readings import Flag, Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.recorder import Recorder
from store.catalogue.produce import seed
from store.database import Databases
from store.devices.devices import devices
from store.history.sqlite import SqliteHistory
from store.journal import journal, latest, series
from store.overview.room_status import room_now
from store.people.federation import add_federation, add_site
from store.readings import manual_readings
from store.readings.curve_query import CurveQuery
from store.readings.curves import room_curve
from store.rooms.places import add_room, declare_empty, place

NOW = 1_768_360_786_000
PERSON = 1


@pytest.fixture
def room(dbs: Databases) -> int:
    """For potatoes: 2.5 to 7 degrees, with a probe at the door."""
    began = NOW - 30 * DAY_MS
    with dbs.records.write() as tx:
        add_federation(tx, began, "万宝山联合社", "万宝山联合社", demo=True)
        seed(tx, began)
        made = add_room(
            tx,
            began,
            NewRoom(site=add_site(tx, began, "古池库区"), name="3号库", kind="cold_room", use="potato_table"),
        )
        place(tx, began, NewPlacement(device="door", position="", room=made, spot="door"))
        return made


def type_in(
    dbs: Databases, room: int, at: int | None = None, key: str | None = None, now: int = NOW, **values: float
) -> manual_readings.RecordedReading:
    with dbs.journal.write() as tx:
        return manual_readings.put(
            tx,
            now,
            NewManualReading(
                person=PERSON, room=room, spot="door", values=values or {"temperature": 9.5}, at=at
            ),
            key=key,
        )


def say(dbs: Databases, value: float, at: int) -> None:
    with dbs.journal.write() as tx:
        reading = Reading(series.get_or_make(tx, "door", "temperature", "", at), at, value)
        journal.append(tx, max(at, journal.last_received_at(tx)), journal.READINGS, _body([reading]))
        latest.put(tx, at, [reading])


def _body(readings: list[Reading]) -> bytes:
    from core.readings.journal_codec import batch_body

    return batch_body(readings, [])


def record(dbs: Databases) -> SqliteHistory:
    history = SqliteHistory(dbs.history)
    recorder = Recorder(dbs, history, now=lambda: NOW)
    while recorder.step():
        pass
    return history


def rows(dbs: Databases) -> list[Reading]:
    with dbs.journal.read() as tx:
        journal_rows = journal.read_after(tx, 0)
    return [
        reading
        for row in journal_rows
        if row.kind == journal.READINGS
        for reading in decode_batch(row.body).readings
    ]


def test_it_goes_through_the_journal_as_a_reading_of_a_person(dbs: Databases, room: int) -> None:
    made = type_in(dbs, room, temperature=3.4, humidity=91)
    readings = rows(dbs)
    assert [(reading.at, reading.flags) for reading in readings] == [(NOW, int(Flag.PERSON))] * 2
    with dbs.journal.read() as tx:
        series_by_id = series.all_series(tx)
        assert {
            (series_by_id[reading.series].device, series_by_id[reading.series].position)
            for reading in readings
        } == {(device_of(room), "door")}
        assert manual_readings.typed(tx, room) == [made.reading]
        assert manual_readings.manual_reading(tx, made.reading.id) == made.reading
        assert devices(tx) == [], "it is no device, so none can fall silent"
    assert (made.reading.by, made.reading.values) == (PERSON, {"temperature": 3.4, "humidity": 91})


def test_the_same_key_is_kept_once_and_answers_the_same(dbs: Databases, room: int) -> None:
    first = type_in(dbs, room, key="tap")
    again = type_in(dbs, room, key="tap", now=NOW + MINUTE_MS)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.reading == again.reading
    assert len(rows(dbs)) == 1
    with pytest.raises(Refused) as refused:
        type_in(dbs, room, key="tap", temperature=9.6)
    assert refused.value.reason == "idempotency_conflict"


def test_a_key_may_be_used_anew_after_a_week(dbs: Databases, room: int) -> None:
    type_in(dbs, room, key="1", now=NOW - 8 * DAY_MS)
    assert not type_in(dbs, room, key="1").repeated
    assert len(rows(dbs)) == 2


def test_of_eight_taps_at_once_one_is_kept(dbs: Databases, room: int) -> None:
    together = threading.Barrier(8)

    def tap(_: int) -> int:
        together.wait()
        return type_in(dbs, room, key="tap").reading.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(tap, range(8)))) == 1
    assert len(rows(dbs)) == 1


def test_what_is_refused_leaves_nothing(dbs: Databases, room: int) -> None:
    with pytest.raises(Refused):
        type_in(dbs, room, temperature=850)
    assert rows(dbs) == []


def test_two_who_write_down_the_same_minute_stay_two(dbs: Databases, room: int) -> None:
    at = NOW - HOUR_MS
    for value in (3.0, 4.0, 5.0):
        type_in(dbs, room, at, temperature=value)
    assert sorted(reading.at for reading in rows(dbs)) == [at, at + 1, at + 2]
    curve = room_curve(
        dbs,
        record(dbs),
        room,
        CurveQuery(metric="temperature", start=NOW - DAY_MS, end=NOW, position="person"),
    )
    assert [point.mean for point in curve.points] == [3.0, 4.0, 5.0]


def test_what_was_written_on_paper_is_late_and_at_its_own_time(dbs: Databases, room: int) -> None:
    type_in(dbs, room, NOW - 3 * DAY_MS)
    assert [(reading.at, reading.flags) for reading in rows(dbs)] == [
        (NOW - 3 * DAY_MS, int(Flag.PERSON | Flag.LATE)),
    ]


def test_rows_stay_in_order_where_the_clock_was_set_back(dbs: Databases, room: int) -> None:
    type_in(dbs, room, now=NOW)
    type_in(dbs, room, now=NOW - HOUR_MS)
    with dbs.journal.read() as tx:
        received = [row.received_at for row in journal.read_after(tx, 0)]
    assert received == sorted(received)


def test_probes_are_never_mixed_with_what_a_person_read(dbs: Databases, room: int) -> None:
    for ago in (30, 20, 10):
        say(dbs, 4.0, NOW - ago * MINUTE_MS)
    type_in(dbs, room, NOW - 20 * MINUTE_MS, temperature=9.5)
    history = record(dbs)
    probes = room_curve(dbs, history, room, CurveQuery(metric="temperature", start=NOW - DAY_MS, end=NOW))
    assert {(point.min, point.mean, point.max) for point in probes.points} == {(4.0, 4.0, 4.0)}
    by_hand = room_curve(
        dbs, history, room, CurveQuery(metric="temperature", start=NOW - DAY_MS, end=NOW, position="person")
    )
    assert [point.mean for point in by_hand.points] == [9.5]
    assert (
        room_curve(
            dbs,
            history,
            room,
            CurveQuery(
                metric="temperature", start=NOW - DAY_MS, end=NOW, position="person", position_class="core"
            ),
        ).points
        == []
    )


def test_a_dead_room_in_which_a_person_reads_too_much_is_in_danger(dbs: Databases, room: int) -> None:
    say(dbs, 4.0, NOW - 3 * HOUR_MS)
    type_in(dbs, room, NOW - HOUR_MS, temperature=9.5)
    status = room_now(dbs, room, NOW)
    assert status
    assert (status.state, status.verdict) == (RoomState.DANGER, Verdict.TOO_WARM)
    assert (status.value, status.last_value) == (None, 4.0), "a person's value is never shown as now"
    assert status.read
    assert (status.read.value, status.read.spot, status.read.fresh) == (9.5, "door", False)


def test_a_good_value_leaves_a_dead_room_without_data(dbs: Databases, room: int) -> None:
    say(dbs, 9.5, NOW - 3 * HOUR_MS)
    type_in(dbs, room, NOW - HOUR_MS, temperature=4.0)
    status = room_now(dbs, room, NOW)
    assert status
    assert (status.state, status.verdict) == (RoomState.NO_DATA, None)
    assert status.read
    assert status.read.value == 4.0


def test_a_person_says_nothing_where_the_probe_is_alive_or_spoke_since(dbs: Databases, room: int) -> None:
    type_in(dbs, room, NOW - 2 * HOUR_MS, temperature=9.5)
    say(dbs, 4.0, NOW - HOUR_MS)
    status = room_now(dbs, room, NOW)
    assert status
    assert (status.state, status.read) == (RoomState.NO_DATA, None)
    say(dbs, 4.0, NOW)
    status = room_now(dbs, room, NOW)
    assert status
    assert (status.state, status.value, status.read) == (RoomState.OK, 4.0, None)


def test_after_half_a_day_it_says_nothing_about_now(dbs: Databases, room: int) -> None:
    type_in(dbs, room, NOW - 13 * HOUR_MS, temperature=9.5)
    status = room_now(dbs, room, NOW)
    assert status
    assert status.state == RoomState.NO_DATA
    assert status.read
    assert status.read.value == 9.5


def test_an_empty_room_may_be_as_warm_as_it_likes(dbs: Databases, room: int) -> None:
    with dbs.records.write() as tx:
        declare_empty(tx, NOW, room, None)
    type_in(dbs, room, temperature=25)
    status = room_now(dbs, room, NOW)
    assert status
    assert status.state == RoomState.EMPTY


def test_each_look_is_compared_with_the_probe_of_that_spot_at_that_time(dbs: Databases, room: int) -> None:
    say(dbs, 3.0, NOW - 2 * HOUR_MS)
    say(dbs, 4.2, NOW - 4 * MINUTE_MS)
    looks = [
        type_in(dbs, room, at, temperature=3.4).reading for at in (NOW - 2 * HOUR_MS, NOW - HOUR_MS, NOW)
    ]
    damp = type_in(dbs, room, humidity=90).reading
    comparisons = manual_readings.compared(dbs, record(dbs), [*looks, damp])
    assert [comparison.probe for comparison in comparisons] == [3.0, None, 4.2, None]
    assert comparisons[2].difference == pytest.approx(0.8)


def test_a_probe_that_was_elsewhere_then_is_not_compared(dbs: Databases, room: int) -> None:
    say(dbs, 3.0, NOW)
    with dbs.records.write() as tx:
        place(
            tx,
            NOW,
            NewPlacement(device="door", position="", room=room, spot="back", valid_from=NOW - MINUTE_MS),
        )
    look = type_in(dbs, room, temperature=3.4).reading
    assert manual_readings.compared(dbs, record(dbs), [look])[0].probe is None
