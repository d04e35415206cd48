"""From the journal to alerts: what is judged, kept, and never told twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select

from alerts import engine as engine_module
from alerts.engine import Engine, Overtaken
from core.alerts import conditions
from core.alerts.alerts import Alert, AlertStatus, Severity
from core.alerts.evidence import BoundEvidence
from core.alerts.judging import ConditionState, RoomObservation
from core.readings.calibrations import NewCalibration
from core.readings.readings import Flag
from core.rooms.places import NewPlacement
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.alerts import alerts, lifecycle
from store.alerts.alert_events import events
from store.alerts.lifecycle import close
from store.devices import ice_baths, probe_removals
from store.journal import offsets, series
from store.journal.journal import ENGINE
from store.journal.tables import journal
from store.notifications import notifications
from store.notifications.tables import notifications as sent_table
from store.overview import system_issues
from store.readings import calibrations, reporting_intervals
from store.rooms import limits, places
from store.rooms.tables import rooms
from tests.alerts.village import BACK, BY_DAY, KEEPER, LIMIT, Desk, Village, follow


def alerts_of(village: Village) -> list[Alert]:
    with village.dbs.records.read() as tx:
        return alerts.alerts(tx)


def kinds(village: Village, alert: int) -> list[str]:
    with village.dbs.records.read() as tx:
        return [event.kind for event in events(tx, alert)]


def test_a_room_too_warm_for_its_delay_is_one_alert_with_its_lots(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 5, a=5.0)
    village.minutes(engine, 30, a=8.0)
    assert alerts_of(village) == []
    village.minutes(engine, 30, a=8.4)
    [alert] = alerts_of(village)
    assert (alert.status, alert.severity, alert.condition) == (AlertStatus.ACTIVE, Severity.WARNING, "high")
    assert alert.activated_at - alert.since == 30 * MINUTE_MS
    assert isinstance(alert.evidence, BoundEvidence)
    evidence = alert.evidence
    assert (evidence.value, evidence.worst, evidence.bound, evidence.spot) == (8.4, 8.4, 7.0, "door")
    with village.dbs.records.read() as tx:
        assert alerts.lots_of(tx, alert.id) == {village.lot: 12_000_000}
    over_at = village.clock
    village.minutes(engine, BACK, a=5.0)
    [alert] = alerts_of(village)
    assert (alert.status, alert.resolved_reason, alert.evidence.value, alert.resolved_at) == (
        AlertStatus.RESOLVED,
        "back_inside",
        5.0,
        over_at,
    )
    happened = kinds(village, alert.id)
    assert happened[:2] == ["activated", "told"]
    assert happened.count("resolved") == 1


def test_readings_that_must_never_alert_do_not(village: Village) -> None:
    engine = Engine(village.dbs)
    for flag in (Flag.LATE, Flag.IMPLAUSIBLE, Flag.STUCK, Flag.TIME_UNKNOWN):
        for _ in range(60):
            village.say(flag, a=20.0)
            village.minutes(engine, 1)
    assert {a.condition for a in alerts_of(village)} <= {"silent", "implausible", "stuck"}


@pytest.mark.parametrize(("flag", "condition"), [(Flag.IMPLAUSIBLE, "implausible"), (Flag.STUCK, "stuck")])
def test_a_doubtful_reading_does_not_continue_a_breach(village: Village, flag: Flag, condition: str) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 10, a=8.0)
    for _ in range(40):
        village.say(flag, a=8.0)
        village.minutes(engine, 1)
    assert [alert.condition for alert in alerts_of(village)] == [condition]  # a fault of the probe


def test_a_doubtful_reading_does_not_end_an_alert_either(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 31, a=8.0)
    for _ in range(10):
        village.say(Flag.STUCK, a=5.0)
        village.minutes(Engine(village.dbs), 1)
    assert [alert.status for alert in alerts_of(village) if alert.condition == "high"] == [AlertStatus.ACTIVE]


def test_a_restart_at_every_step_neither_loses_nor_repeats_anything(village: Village) -> None:
    for _ in range(5):
        village.minutes(Engine(village.dbs), 1, a=5.0)
    for _ in range(45):
        village.minutes(Engine(village.dbs), 1, a=8.0)
    for _ in range(BACK):
        village.minutes(Engine(village.dbs), 1, a=5.0)
    [alert] = alerts_of(village)
    assert (alert.status, alert.activated_at - alert.since) == (AlertStatus.RESOLVED, 30 * MINUTE_MS)
    with village.dbs.records.read() as tx:
        sent_kinds = [n.kind for n in notifications.notifications(tx, alert=alert.id)][::-1]
    assert sent_kinds.count("first") == 1
    assert sent_kinds.count("end") <= 3


def test_a_crash_before_the_commit_repeats_the_work_and_not_the_alert(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 31, a=8.0)
    before = positions_of(village)
    village.say(a=8.1)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.state, "save", die)
    with pytest.raises(KeyboardInterrupt):
        engine.step(village.clock + 3000)
    assert positions_of(village) == before
    follow(engine, village.clock + 6000)
    assert len(alerts_of(village)) == 1
    assert positions_of(village) > before


def positions_of(village: Village) -> int:
    with village.dbs.records.read() as tx:
        return offsets.offset(tx, ENGINE)


def test_two_engines_on_the_same_data_make_one_alert(village: Village) -> None:
    first_engine, second_engine = Engine(village.dbs), Engine(village.dbs)
    overtaken = 0
    for _ in range(40):
        village.minutes(None, 1, a=8.0)
        for engine in (first_engine, second_engine):
            try:
                follow(engine, village.clock)
            except Overtaken:
                overtaken += 1
    assert overtaken
    assert len(alerts_of(village)) == 1
    with village.dbs.records.read() as tx:
        assert [n.kind for n in notifications.notifications(tx)].count("first") == 1


def test_a_backlog_is_judged_by_the_journals_clock_and_not_told_row_by_row(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    village.minutes(None, 60, a=8.0)  # came
    village.minutes(None, 60, a=5.0)  # and went
    village.minutes(None, 90, a=9.0)  # and is wrong still
    follow(desk.engine, village.clock)
    desk.mail()
    came_and_went, still = alerts_of(village)[::-1]
    assert came_and_went.status == AlertStatus.RESOLVED
    assert (came_and_went.activated_at - came_and_went.since, still.status) == (
        30 * MINUTE_MS,
        AlertStatus.ACTIVE,
    )
    texts = desk.phones.to(KEEPER)
    assert len(texts) == 2
    assert any("2号库太热9.0度" in text and "已90分钟" in text for text in texts)
    assert any("期间2号库太热最高8.0度,08:00起1小时" in text for text in texts)
    desk.minutes(3, a=9.0)
    assert len(desk.phones.to(KEEPER)) == 2


def test_a_long_backlog_tells_nothing_before_its_end(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "ROWS", 20)
    village.minutes(None, 60, a=8.0)
    engine = Engine(village.dbs)
    while engine.step(village.clock + HOUR_MS):
        with village.dbs.records.read() as tx:
            assert engine.caught_up or notifications.notifications(tx) == []
    with village.dbs.records.read() as tx:
        assert [n.kind for n in notifications.notifications(tx)] == ["first"]


def test_everything_that_came_and_went_is_one_text_per_person(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    for number in range(3, 7):
        village.probe(f"p{number}", village.another_room(f"{number}号库"))
    hot = {f"p{number}": 9.0 for number in range(3, 7)}
    village.minutes(None, 40, a=8.0, **hot)
    village.minutes(None, BACK, a=5.0, **dict.fromkeys(hot, 5.0))
    village.clock += HOUR_MS
    follow(desk.engine, village.clock)
    desk.mail()
    [text] = desk.phones.to(KEEPER)
    assert "等5次" in text
    with village.dbs.records.read() as tx:
        assert alerts.unsettled(tx) == []


def test_new_limits_end_an_alert_that_no_longer_applies_and_say_so(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    desk.minutes(31, a=8.0)
    with village.dbs.records.write() as tx:
        wide = replace(LIMIT, safe_high=10.0, hard_high=15.0)
        limits.set_by_hand(tx, village.clock - 1, village.room, [wide], None, "愈伤")
    desk.minutes(2, a=8.0)
    assert alerts_of(village)[0].resolved_reason == "limits_changed"
    assert "该在的范围改了,太热不用管了。现在8.0度" in desk.phones.to(KEEPER)[-1]


def test_a_room_declared_empty_is_left_in_peace(village: Village) -> None:
    with village.dbs.records.write() as tx:
        tx.execute(rooms.update().where(rooms.c.id == village.room).values(empty_since=village.clock))
    engine = Engine(village.dbs)
    village.minutes(engine, 60, a=20.0)
    assert alerts_of(village) == []


def test_a_warning_that_becomes_critical_is_the_same_alert_and_asks_again(desk: Desk) -> None:
    village = desk.village
    desk.minutes(31, a=8.0)
    desk.answer(KEEPER, "1")
    desk.minutes(12, a=14.0)
    [alert] = alerts_of(village)
    assert (alert.severity, alert.status) == (Severity.CRITICAL, AlertStatus.ACTIVE)
    assert sum("危险!" in text for text in desk.phones.to(KEEPER)) == 1


def test_a_probe_that_moves_does_not_bring_its_past_along(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 20, a=8.0)
    other_room = village.another_room("3号库")
    village.probe("a", other_room)
    village.minutes(engine, 15)
    assert alerts_of(village) == []
    village.minutes(engine, 31, a=8.0)
    assert [alert.room for alert in alerts_of(village)] == [other_room]


def test_while_behind_a_reading_belongs_to_the_room_where_its_probe_stood_then(village: Village) -> None:
    """The move lies in the middle of what is judged at once."""
    other_room = village.another_room("3号库")
    village.minutes(None, 60, a=9.0)
    with village.dbs.records.write() as tx:
        places.place(tx, village.clock, NewPlacement(device="a", position="", room=other_room, spot="door"))
    village.minutes(None, 60, a=4.0)
    with village.dbs.records.write() as tx:
        places.place(tx, village.clock, NewPlacement(device="a", position="", room=village.room, spot="back"))
    village.minutes(None, BACK, a=5.0)
    follow(Engine(village.dbs), village.clock + HOUR_MS)
    [alert] = alerts_of(village)
    assert (alert.room, alert.evidence.figures.worst, alert.evidence.spot) == (village.room, 9.0, "door")
    assert (alert.resolved_reason, alert.evidence.value) == ("back_inside", 5.0)
    assert (alert.resolved_at or 0) >= village.clock - BACK * MINUTE_MS


def test_a_silent_room_is_told_after_connected_time_only(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    for _ in range(10):
        village.say(a=5.0)
        village.seconds(desk.engine, 60)
    for _ in range(240):
        village.beat(connected=False)
        village.clock += 5000
    follow(desk.engine, village.clock)
    assert alerts_of(village) == []
    village.seconds(desk.engine, 11 * 60)
    [alert] = alerts_of(village)
    assert (alert.condition, alert.status) == ("silent", AlertStatus.ACTIVE)
    desk.mail()
    assert "2号库没数" in desk.phones.to(KEEPER)[0]
    village.say(a=5.0)
    village.seconds(desk.engine, 5)
    desk.mail()
    assert alerts_of(village)[0].resolved_reason == "heard_again"
    assert "2号库又有数了,现在5.0度" in desk.phones.to(KEEPER)[-1]


def test_one_poisonous_room_does_not_stop_the_others(
    village: Village, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    village.probe("b", village.another_room("3号库"))
    poisoned = village.room
    judged: Callable[..., Any] = conditions.judge

    def poisonous(condition: str, state: ConditionState, scene: RoomObservation) -> Any:
        if scene.limit is not None and scene.limit.room == poisoned:
            raise ZeroDivisionError("poison")
        return judged(condition, state, scene)

    monkeypatch.setattr(conditions, "judge", poisonous)
    engine = Engine(village.dbs)
    village.minutes(engine, 40, a=8.0, b=8.0)
    assert [alert.room for alert in alerts_of(village)] == [poisoned + 1]
    with village.dbs.records.read() as tx:
        assert {p.name.split(".")[2] for p in system_issues.open_issues(tx)} == {str(poisoned)}
    assert sum("cannot be judged" in record.message for record in caplog.records) == 2  # high and low, once
    monkeypatch.undo()
    village.minutes(engine, 40, a=8.0, b=8.0)
    assert len(alerts_of(village)) == 2
    with village.dbs.records.read() as tx:
        assert system_issues.open_issues(tx) == []


def test_an_alert_closed_by_a_person_is_not_raised_again_by_the_same_breach(desk: Desk) -> None:
    village = desk.village
    desk.minutes(31, a=8.0)
    with village.dbs.records.write() as tx:
        close(tx, village.clock, alerts_of(village)[0].id, village.manager, "误报", "")
    desk.minutes(60, a=8.0)
    assert [a.status for a in alerts_of(village)] == [AlertStatus.CLOSED]
    assert len(desk.phones.got) == 1
    desk.minutes(11, a=13.0)
    assert [a.severity for a in alerts_of(village)] == [Severity.CRITICAL, Severity.WARNING]


def test_it_starts_from_the_oldest_row_that_is_kept(village: Village) -> None:
    village.minutes(None, 40, a=8.0)
    with village.dbs.journal.write() as tx:
        tx.execute(delete(journal).where(journal.c.seq < 10))
    follow(Engine(village.dbs), village.clock)
    assert len(alerts_of(village)) == 1


def test_states_of_a_room_that_is_gone_do_no_harm(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 10, a=8.0)
    with village.dbs.records.write() as tx:
        probe_removals.take_away(tx, village.clock, "a", "", None)
    village.minutes(engine, 60)
    assert alerts_of(village) == []
    with village.dbs.records.read() as tx:
        assert tx.execute(select(sent_table.c.id)).all() == []


def test_an_effect_that_could_not_be_kept_is_a_problem_until_it_is(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ValueError("broken")

    engine = Engine(village.dbs)
    monkeypatch.setattr(lifecycle, "activate", broken)
    village.minutes(engine, 33, a=8.0)
    with village.dbs.records.read() as tx:
        assert [p.name for p in system_issues.open_issues(tx)] == [f"alerts.room.{village.room}.effect"]
    monkeypatch.undo()
    village.minutes(engine, 2, a=8.0)
    assert len(alerts_of(village)) == 1
    with village.dbs.records.read() as tx:
        assert system_issues.open_issues(tx) == []


def _calibrated(village: Village, offset: float) -> None:
    with village.dbs.records.write() as tx:
        calibrations.calibrate(
            tx,
            village.clock,
            NewCalibration(
                device="a", position="", metric="temperature", offset=offset, method="ice", by=None
            ),
        )


def test_a_room_is_judged_by_corrected_values(village: Village) -> None:
    """8.0 raw is 6.5: nothing; 6.0 raw would be fine and is 4.5."""
    _calibrated(village, -1.5)
    engine = Engine(village.dbs)
    village.minutes(engine, 35, a=8.0)
    assert alerts_of(village) == []
    village.minutes(engine, 35, a=9.0)
    [alert] = alerts_of(village)
    assert (alert.evidence.value, alert.evidence.figures.worst) == (7.5, 7.5)


def test_a_calibration_while_an_alert_stands_counts_at_once(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 35, a=8.0)
    assert [alert.status for alert in alerts_of(village)] == [AlertStatus.ACTIVE]
    _calibrated(village, -2.0)
    village.minutes(engine, 2, a=8.0)
    assert [alert.evidence.value for alert in alerts_of(village)] == [6.0]
    village.minutes(engine, BACK, a=8.0)
    assert [alert.status for alert in alerts_of(village)] == [AlertStatus.RESOLVED]


def test_a_restarted_engine_corrects_what_it_had_heard_before(village: Village) -> None:
    _calibrated(village, 1.5)
    village.minutes(Engine(village.dbs), 10, a=6.0)
    village.minutes(Engine(village.dbs), 31, a=6.0)
    [alert] = alerts_of(village)
    assert alert.evidence.value == 7.5


def test_a_probe_in_ice_water_freezes_no_room(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 10, a=4.0)
    with village.dbs.records.write() as tx:
        ice_baths.put_in(tx, village.clock, "a", "", None)
    village.minutes(engine, 40, a=-0.2)
    with village.dbs.records.write() as tx:
        ice_baths.take_out(tx, village.clock, "a", "", None)
    village.minutes(engine, 5, a=-0.2)
    village.minutes(engine, 35, a=4.0)
    assert alerts_of(village) == []
    village.minutes(engine, 35, a=9.0)
    assert [alert.condition for alert in alerts_of(village)] == ["high"]


def test_the_worst_of_two_probes_of_a_class_is_what_counts(village: Village) -> None:
    engine = Engine(village.dbs)
    village.probe("b", village.room, "back")
    village.probe("pile", village.room, "pile")
    village.minutes(engine, 35, a=4.0, b=8.0, pile=9.0)
    [alert] = alerts_of(village)
    assert (alert.position_class, alert.evidence.value, alert.evidence.spot) == ("air", 8.0, "back")


def test_the_new_probe_of_a_room_carries_its_alert_on(village: Village) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 35, a=8.0)
    [before] = alerts_of(village)
    with village.dbs.journal.write() as tx:
        series.get_or_make(tx, "b", "temperature", "", village.clock)
    with village.dbs.records.write() as tx:
        probe_removals.replace(tx, village.clock, "a", "", "b", "", None)
    village.minutes(engine, 10, a=20.0, b=8.1)
    [alert] = alerts_of(village)
    assert (alert.id, alert.status, alert.evidence.value) == (before.id, AlertStatus.ACTIVE, 8.1)
    village.minutes(engine, BACK, a=20.0, b=5.0)
    assert [alert.status for alert in alerts_of(village)] == [AlertStatus.RESOLVED]


def test_how_often_a_probe_speaks_is_learned_before_it_is_put_anywhere(village: Village) -> None:
    engine = Engine(village.dbs)
    with village.dbs.journal.write() as tx:
        loose = series.get_or_make(tx, "loose", "temperature", "", village.clock)
    for _ in range(6):
        village.say(a=4.0, loose=50.0)
        village.seconds(engine, 60)
        village.say(a=4.0)
        village.seconds(engine, 60)
    with village.dbs.records.read() as tx:
        assert reporting_intervals.intervals(tx)[loose] == 2 * MINUTE_MS
    assert alerts_of(village) == []


def test_delays_and_silence_go_on_after_a_clock_that_ran_far_ahead_was_set_right(village: Village) -> None:
    engine = Engine(village.dbs)
    true = village.clock
    village.clock = true + 400 * DAY_MS
    village.minutes(engine, 10, a=8.0)
    village.clock = true
    village.minutes(engine, 32, a=8.0)
    [alert] = alerts_of(village)
    assert (alert.condition, alert.since >= true, alert.activated_at < true + HOUR_MS) == ("high", True, True)
