"""A delay counts what readings prove: held values raise nothing, short returns restart nothing, and an
alert that comes and goes is one alert."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alert_delays import HELD_AT_MOST, OFF_DELAY, OFF_DELAY_AT_MOST, RE_ALARM, off_delay
from core.alerts.alerts import Condition, Severity
from core.alerts.conditions import judge
from core.alerts.judging import Action, ConditionState, ProbeObservation, Reason, RoomObservation
from core.alerts.outside_time import OutsideTime
from core.alerts.reporting_interval import quiet_after
from core.rooms.limits import Limit
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.limits import COLD_ROOM

T0 = 1_760_000_000_000
LIMIT = replace(COLD_ROOM, hard_low=0.5)
DAY_MINUTES = 24 * 60


class Event(NamedTuple):
    minute: float
    action: Action
    severity: Severity | None


def minute_by_minute(
    values: Sequence[float], every: int = 1, *, condition: str = Condition.HIGH, limit: Limit = LIMIT
) -> tuple[ConditionState, list[Event]]:
    """`values` is the truth per minute; the probe reports every `every` minutes, the clock ticks between."""
    state, events = ConditionState(), []
    probe: ProbeObservation | None = None
    for minute, value in enumerate(values):
        now = T0 + minute * MINUTE_MS
        if minute % every == 0:
            probe = ProbeObservation(value, now, "door", 0, quiet_after(every * MINUTE_MS))
        assert probe is not None
        state, decision = judge(condition, state, RoomObservation(now, limit, [probe]))
        if decision.action != Action.NOTHING:
            events.append(Event(minute, decision.action, decision.severity))
    return state, events


def activations(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.action == Action.ACTIVATE]


# --- a reading behind the delay ---


def test_a_held_value_that_is_over_at_the_next_reading_raises_nothing() -> None:
    """Delay 20 minutes, readings at 0 and 15 outside, at 30 inside: only 15 minutes are proven."""
    limit = replace(LIMIT, safe_delay_s=20 * 60)
    _, events = minute_by_minute([8.0] * 30 + [5.0] * 60, 15, limit=limit)
    assert events == []


def test_the_first_reading_behind_the_delay_raises_it() -> None:
    limit = replace(LIMIT, safe_delay_s=20 * 60)
    _, events = minute_by_minute([8.0] * 60, 15, limit=limit)
    assert events == [Event(30, Action.ACTIVATE, Severity.WARNING)]


def test_a_probe_that_stops_while_the_delay_runs_raises_nothing_by_waiting() -> None:
    state = ConditionState()
    probe = ProbeObservation(8.0, T0, "door", 0, HOUR_MS)
    for minute in range(61):
        observation = RoomObservation(T0 + minute * MINUTE_MS, LIMIT, [probe])
        state, decision = judge(Condition.HIGH, state, observation)
        assert decision.action == Action.NOTHING


def test_one_reading_beyond_hard_is_not_yet_critical_and_the_second_is() -> None:
    _, events = minute_by_minute([13.0] * 15 + [5.0] * 60, 15)
    assert events == []
    _, events = minute_by_minute([13.0] * 40, 15)
    assert events[0] == Event(15, Action.ACTIVATE, Severity.CRITICAL)


@pytest.mark.parametrize("every", [30, 60])
def test_a_slow_probe_beyond_hard_is_told_before_its_next_reading(every: int) -> None:
    _, events = minute_by_minute([-1.0] * 120, every, condition=Condition.LOW)
    assert events[0] == Event(HELD_AT_MOST / MINUTE_MS, Action.ACTIVATE, Severity.CRITICAL)


def test_any_probe_outside_proves_it_and_not_only_the_worst() -> None:
    state, fired = ConditionState(), None
    for minute in range(40):
        now = T0 + minute * MINUTE_MS
        slow = ProbeObservation(9.0, T0, "door", 0, HOUR_MS)
        quick = ProbeObservation(8.0, now, "back", 0, quiet_after(MINUTE_MS))
        state, decision = judge(Condition.HIGH, state, RoomObservation(now, LIMIT, [slow, quick]))
        if decision.action == Action.ACTIVATE:
            fired = minute
            break
    assert fired == 30


# --- off-delay, returns, accumulation ---


def cycle(outside: tuple[int, float], inside: tuple[int, float], minutes: int) -> list[float]:
    whole = [outside[1]] * outside[0] + [inside[1]] * inside[0]
    return [whole[minute % len(whole)] for minute in range(minutes)]


def test_a_day_of_chatter_is_one_alert_that_stands() -> None:
    """35 minutes at 7.6, 10 at 6.4: 32 alerts before, each with its end."""
    day = cycle((35, 7.6), (10, 6.4), DAY_MINUTES)
    assert len(activations(list(before(day, 1)))) == 32
    state, events = minute_by_minute(day)
    assert events == [Event(30, Action.ACTIVATE, Severity.WARNING)]
    assert state.severity == Severity.WARNING


@pytest.mark.parametrize("every", [1, 5])
def test_a_day_mostly_outside_is_an_alert_although_no_run_is_long_enough(every: int) -> None:
    """25 minutes at 7.6, 15 at 6.4: none before, 9 K·h outside."""
    _, events = minute_by_minute(cycle((25, 7.6), (15, 6.4), DAY_MINUTES), every)
    assert len(activations(events)) == 1
    assert events[0].minute <= 2 * HOUR_MS / MINUTE_MS
    assert len(events) == 1


@pytest.mark.parametrize("every", [1, 3])
def test_frost_for_nine_of_every_fifteen_minutes_is_critical_within_the_hour(every: int) -> None:
    _, events = minute_by_minute(cycle((9, -1.5), (6, 3.5), 6 * 60), every, condition=Condition.LOW)
    assert events[0].severity == Severity.CRITICAL
    assert events[0].minute <= 60
    assert len(activations(events)) == 1


def test_doors_that_open_now_and_then_add_up_to_nothing() -> None:
    """Ten minutes warm, twenty cool, for a working day: less than half of it is outside."""
    _, events = minute_by_minute(cycle((10, 9.0), (20, 5.0), 8 * 60))
    assert events == []
    _, events = minute_by_minute(cycle((25, 9.0), (6 * 60, 5.0), DAY_MINUTES))
    assert events == []


@pytest.mark.parametrize(("outside", "inside"), [(35, 25), (60, 50), (90, 70), (40, 100)])
def test_what_comes_back_again_and_again_is_soon_one_alert(outside: int, inside: int) -> None:
    _, events = minute_by_minute(cycle((outside, 7.6), (inside, 6.4), DAY_MINUTES))
    assert len(activations(events)) <= 4


def test_two_breaches_far_apart_are_two_alerts_that_end_in_time() -> None:
    off = OFF_DELAY // MINUTE_MS
    values = [8.0] * 40 + [5.0] * (RE_ALARM // MINUTE_MS + 60) + [8.0] * 40 + [5.0] * 60
    _, events = minute_by_minute(values)
    assert [event.action for event in events] == [Action.ACTIVATE, Action.RESOLVE] * 2
    assert events[1].minute == 40 + off
    assert events[3].minute == len(values) - 60 + off


def test_the_off_delay_doubles_up_to_its_limit() -> None:
    assert [off_delay(n) // MINUTE_MS for n in range(4)] == [20, 40, 80, 120]
    assert off_delay(10_000) == OFF_DELAY_AT_MOST


def test_at_slow_readings_the_end_is_proven_by_a_reading_too() -> None:
    _, events = minute_by_minute([8.0] * 46 + [5.0] * 60, 15)
    assert [event.action for event in events] == [Action.ACTIVATE, Action.RESOLVE]
    assert events[1].minute == 90, "inside at 60 and 75 proves 15 minutes, at 90 it is 30"


# --- the dead probe ---


def of_two(dead: ProbeObservation, minute: int, value: float = 4.0) -> RoomObservation:
    now = T0 + minute * MINUTE_MS
    well = ProbeObservation(value, now, "back", 0, quiet_after(MINUTE_MS))
    return RoomObservation(now, LIMIT, [dead, well])


def hot_then_dead(quiet: int, *, doubted: bool = False) -> ProbeObservation:
    return ProbeObservation(
        9.0, T0 + 40 * MINUTE_MS, "door", quiet * MINUTE_MS, quiet_after(MINUTE_MS), doubted
    )


def hot_alert() -> ConditionState:
    state, events = minute_by_minute([9.0] * 41)
    assert len(events) == 1
    return state


@pytest.mark.parametrize(
    ("dead", "reason"),
    [(hot_then_dead(30), Reason.PROBE_SILENT), (hot_then_dead(0, doubted=True), Reason.PROBE_DOUBTED)],
)
def test_an_alert_of_a_dead_probe_is_handed_over_and_not_called_good(
    dead: ProbeObservation, reason: Reason
) -> None:
    state, decision = judge(Condition.HIGH, hot_alert(), of_two(dead, 71))
    assert (decision.action, decision.reason, state.severity) == (Action.RESOLVE, reason, None)


def test_it_is_not_handed_over_before_the_probe_is_told() -> None:
    state = hot_alert()
    for minute in range(41, 70):
        state, decision = judge(Condition.HIGH, state, of_two(hot_then_dead(minute - 41), minute))
        assert decision.action == Action.NOTHING


def test_it_stands_while_nobody_shows_the_room_or_another_probe_is_outside_too() -> None:
    alone = RoomObservation(T0 + DAY_MS, LIMIT, [hot_then_dead(1400)])
    assert judge(Condition.HIGH, hot_alert(), alone)[1].action == Action.NOTHING
    both = of_two(hot_then_dead(60), 100, value=8.0)
    assert judge(Condition.HIGH, hot_alert(), both)[1].action == Action.NOTHING


def test_after_the_hand_over_the_same_probe_raises_it_again_only_after_its_delay() -> None:
    state, _ = judge(Condition.HIGH, hot_alert(), of_two(hot_then_dead(30), 71))
    for minute in range(100, 140):
        speaks = ProbeObservation(9.0, T0 + minute * MINUTE_MS, "door", 0, quiet_after(MINUTE_MS))
        state, decision = judge(Condition.HIGH, state, of_two(speaks, minute))
        if decision.action == Action.ACTIVATE:
            break
    assert minute == 130


# --- against the rule before ---


def before(values: Sequence[float], every: int) -> Iterator[Event]:
    """The rule before: a delay runs by waiting, any value inside restarts it, the end comes at once."""
    since: int | None = None
    hard_since: int | None = None
    severity: Severity | None = None
    for minute in range(len(values)):
        value = values[minute - minute % every]
        if value <= LIMIT.high if severity is None else value <= 6.5:  # type: ignore[operator]
            if severity is not None:
                yield Event(minute, Action.RESOLVE, None)
            since, hard_since, severity = None, None, None
            continue
        since = minute if since is None else since
        hard_since = (minute if hard_since is None else hard_since) if value > 12.0 else None
        if severity != Severity.CRITICAL and hard_since is not None and minute - hard_since >= 10:
            yield Event(minute, Action.ESCALATE if severity else Action.ACTIVATE, Severity.CRITICAL)
            severity = Severity.CRITICAL
        elif severity is None and minute - since >= 30:
            yield Event(minute, Action.ACTIVATE, Severity.WARNING)
            severity = Severity.WARNING


every_minutes = st.sampled_from([1, 5, 15])


@st.composite
def runs(draw: st.DrawFn, longest: int = 120) -> list[float]:
    """Runs of constant temperature, in minutes."""
    parts = draw(
        st.lists(st.tuples(st.integers(1, longest), st.sampled_from([4.0, 6.8, 7.6, 9.0, 13.0])), max_size=8)
    )
    return [value for minutes, value in parts for _ in range(minutes)]


@given(st.integers(1, 400), st.sampled_from([7.6, 9.0, 13.0]), every_minutes)
def test_one_breach_is_never_more_alerts_than_before(length: int, value: float, every: int) -> None:
    values = [5.0] * 30 + [value] * length + [5.0] * 200
    _, events = minute_by_minute(values, every)
    assert len(activations(events)) <= len(activations(list(before(values, every)))) <= 1


@given(runs(), every_minutes)
def test_a_serious_breach_that_was_told_is_still_told_in_time(values: list[float], every: int) -> None:
    """Serious: a run of an hour outside, or half an hour beyond hard, as the probe shows it."""
    _, events = minute_by_minute(values, every)
    shown = [values[minute - minute % every] for minute in range(len(values))]
    for start, end, bound in [*long_runs(shown, 7.0, 60), *long_runs(shown, 12.0, 30)]:
        due = start + (30 if bound == 7.0 else 10) + every
        assert stands_at(events, due, critical=bound == 12.0), (start, end, events)


def long_runs(shown: Sequence[float], bound: float, least: int) -> Iterator[tuple[int, int, float]]:
    start: int | None = None
    for minute, value in enumerate([*shown, -99.0]):
        if value > bound:
            start = minute if start is None else start
        elif start is not None:
            if minute - start > least:
                yield start, minute, bound
            start = None


def stands_at(events: Sequence[Event], minute: float, *, critical: bool) -> bool:
    """Whether an alert (a critical one) stands at that minute."""
    severity: Severity | None = None
    for event in events:
        if event.minute <= minute:
            severity = None if event.action == Action.RESOLVE else event.severity
    return severity is not None and (severity == Severity.CRITICAL or not critical)


@given(runs(), every_minutes)
def test_an_alert_never_ends_and_returns_within_the_off_delay(values: list[float], every: int) -> None:
    _, events = minute_by_minute(values, every)
    ended = -1e9
    for event in events:
        if event.action == Action.RESOLVE:
            ended = event.minute
        elif event.action == Action.ACTIVATE:
            assert event.minute - ended >= 10, "no delay is shorter"


times = st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), min_size=1, max_size=30)


@given(times)
def test_the_timer_never_counts_more_than_has_passed(steps: list[tuple[int, bool]]) -> None:
    timer = OutsideTime.begin(steps[0][0], outside=steps[0][1])
    for at, outside in steps[1:]:
        later = timer.after(at, outside=outside)
        assert 0 <= later.total <= timer.total + max(0, at - timer.at)
        assert later.at >= timer.at
        timer = later
    assert timer.total <= timer.at - steps[0][0]
    assert timer.run <= timer.at - steps[0][0]
