"""A probe that cannot be believed is told as such: once, by day, and never as too warm or too cold."""

import pytest

from core.alerts.alerts import Alert, AlertStatus, Condition
from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from core.times import MINUTE_MS
from store.alerts import alerts
from store.journal import journal, series
from store.rooms import places
from tests.alerts.village import BACK, KEEPER, MANAGER, SECOND, T0, Desk

IMPLAUSIBLE, STUCK, STEP = int(Flag.IMPLAUSIBLE), int(Flag.STUCK), int(Flag.STEP)
MORNING = 7 * 60


def say(desk: Desk, count: int, flags: int = IMPLAUSIBLE, well: float | None = None, **values: float) -> None:
    """Minute by minute: readings with flags, and probe `b` well."""
    for _ in range(count):
        if well is not None:
            desk.village.say(b=well)
        desk.village.say(flags, **values)
        desk.village.beat()
        desk.mail()
        desk.village.clock += MINUTE_MS


def alerts_of(desk: Desk) -> list[Alert]:
    with desk.village.dbs.records.read() as tx:
        return alerts.alerts(tx)


def test_eighty_five_degrees_for_an_hour_is_a_fault_of_the_probe_and_not_a_room_too_hot(desk: Desk) -> None:
    desk.village.probe("b", desk.village.room, "back")
    desk.minutes(3, a=4.0, b=4.1)
    say(desk, 60, a=85.0, well=4.1)
    [alert] = alerts_of(desk)
    assert (alert.condition, alert.severity, alert.evidence.value, alert.evidence.spot) == (
        "implausible",
        "warning",
        85.0,
        "door",
    )
    assert alert.activated_at - alert.since == 15 * MINUTE_MS


def test_one_moment_of_eighty_five_degrees_is_a_probe_that_starts(desk: Desk) -> None:
    desk.minutes(3, a=4.0)
    say(desk, 5, a=85.0)
    desk.minutes(30, a=4.0)
    assert alerts_of(desk) == []


def test_a_loose_contact_that_is_wrong_every_fifth_minute_is_one_fault(desk: Desk) -> None:
    desk.village.probe("b", desk.village.room, "back")
    desk.minutes(3, a=4.0, b=4.1)
    for _ in range(8):
        say(desk, 1, a=-127.0, well=4.1)
        say(desk, 4, 0, a=4.0, well=4.1)
    [alert] = alerts_of(desk)
    assert (alert.condition, alert.status) == ("implausible", AlertStatus.ACTIVE)
    say(desk, 17, 0, a=4.0, well=4.1)
    assert [alert.status for alert in alerts_of(desk)] == [AlertStatus.RESOLVED]


def test_it_waits_for_the_morning_and_is_told_once_while_others_see_the_room(desk: Desk) -> None:
    desk.village.probe("b", desk.village.room, "back")
    desk.minutes(3, a=4.0, b=4.1)
    say(desk, 60, a=-127.0, well=4.1)
    assert desk.phones.got == []
    desk.village.clock = T0 + MORNING * MINUTE_MS
    say(desk, 90, a=-127.0, well=4.1)
    assert desk.phones.got == [(KEEPER, desk.phones.to(KEEPER)[0])]
    assert desk.phones.to(KEEPER)[0].startswith("2号库门边数不准,报零下127.0度,别的探头还准")
    say(desk, 10, 0, a=4.0, well=4.1)
    assert desk.phones.to(KEEPER)[1:] == []
    say(desk, 10, 0, a=4.0, well=4.1)
    assert desk.phones.to(KEEPER)[1:] == ["2号库的数又准了,现在4.1度。"]
    assert (desk.phones.to(SECOND), desk.phones.to(MANAGER)) == ([], [])


def test_a_room_that_nobody_sees_any_more_is_told_at_night_until_somebody_goes(desk: Desk) -> None:
    desk.minutes(3, a=4.0)
    say(desk, 30, a=-127.0)
    assert desk.phones.to(KEEPER)[0].startswith("2号库门边数不准,报零下127.0度,库里情况不明")
    assert desk.phones.to(MANAGER) != []


def test_what_came_and_went_before_morning_is_not_told(desk: Desk) -> None:
    desk.village.probe("b", desk.village.room, "back")
    desk.minutes(3, a=4.0, b=4.1)
    say(desk, 60, a=-127.0, well=4.1)
    say(desk, 20, 0, a=4.0, well=4.1)
    desk.village.clock = T0 + MORNING * MINUTE_MS
    say(desk, 3, 0, a=4.0, well=4.1)
    assert desk.phones.got == []
    assert [alert.status for alert in alerts_of(desk)] == [AlertStatus.RESOLVED]
    with desk.village.dbs.records.read() as tx:
        assert alerts.unsettled(tx) == []


@pytest.mark.parametrize("flags", [STUCK, int(Flag.PINNED)])
def test_a_probe_that_stands_still_is_told_at_once_by_day(desk: Desk, flags: int) -> None:
    desk.village.probe("b", desk.village.room, "back")
    desk.village.clock = T0 + MORNING * MINUTE_MS
    desk.minutes(3, a=4.0, b=4.1)
    say(desk, 1, flags, a=3.9, well=4.1)
    assert [alert.condition for alert in alerts_of(desk)] == [Condition.STUCK]
    assert desk.phones.to(KEEPER)[0].startswith("2号库门边的数一直是3.9度不动,数不准,别的探头还准")


def test_a_doubted_value_neither_raises_nor_ends_an_alert_about_the_room(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    assert [(alert.condition, alert.status) for alert in alerts_of(desk)] == [("high", "active")]
    say(desk, 10, STEP, a=-40.0)
    say(desk, 10, STUCK, a=4.0)
    assert [alert.status for alert in alerts_of(desk) if alert.condition == "high"] == ["active"]
    desk.minutes(BACK, a=4.0)
    assert [alert.status for alert in alerts_of(desk) if alert.condition == "high"] == ["resolved"]


def test_a_restart_of_the_engine_forgets_no_fault(desk: Desk) -> None:
    desk.minutes(3, a=4.0)
    say(desk, 10, a=85.0)
    again = Desk.at(desk.village, desk.phones)
    say(again, 10, a=85.0)
    [alert] = alerts_of(desk)
    assert (alert.condition, alert.activated_at - alert.since) == ("implausible", 15 * MINUTE_MS)


def test_a_room_that_is_empty_needs_no_probe(desk: Desk) -> None:
    room = desk.village.another_room("5号库")
    desk.village.probe("c", room)
    with desk.village.dbs.records.write() as tx:
        places.declare_empty(tx, desk.village.clock, room, desk.village.keeper)
    say(desk, 40, c=85.0, well=None)
    assert alerts_of(desk) == []


def test_a_battery_of_two_hundred_per_cent_sends_nobody(desk: Desk) -> None:
    with desk.village.dbs.journal.write() as tx:
        number = series.get_or_make(tx, "a", "battery", "", desk.village.clock)
    for _ in range(20):
        desk.minutes(1, a=4.0)
        with desk.village.dbs.journal.write() as tx:
            row = [Reading(number, desk.village.clock, 200.0, IMPLAUSIBLE)]
            journal.append(tx, desk.village.clock, journal.READINGS, batch_body(row, []))
    assert alerts_of(desk) == []
