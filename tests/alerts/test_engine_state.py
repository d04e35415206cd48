"""The engine's state survives a restart as it was, and a clock that is set back leaves no time ahead."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.engine_state import HEARTBEAT_GAP_MS, EngineState, ProbeState
from alerts.room_config import PlacedSeries, ProbeGroup, RoomConfig
from core.alerts.alerts import AlertKey
from core.alerts.evidence import (
    BoundEvidence,
    Evidence,
    ProbeFaultEvidence,
    ProbeSilenceEvidence,
    SilenceEvidence,
)
from core.alerts.judging import ConditionState
from core.alerts.outside_time import OutsideTime
from core.readings.calibrations import OffsetStep
from core.readings.monotonic_stamp import STEP_MS
from core.readings.readings import Flag, Reading
from core.times import HOUR_MS, MINUTE_MS
from store.alerts.engine_state import Listening
from store.database import Databases
from tests.alerts.village import LIMIT, T0

AIR = ProbeGroup(1, "temperature", "air")
CORE = ProbeGroup(1, "temperature", "core")
HIGH = AlertKey(1, "high", "temperature", "air")
IMPLAUSIBLE, STUCK, LATE = int(Flag.IMPLAUSIBLE), int(Flag.STUCK), int(Flag.LATE)


def placed(series: int, group: ProbeGroup = AIR, valid_from: int = 0, *steps: OffsetStep) -> PlacedSeries:
    return PlacedSeries(series, group, "door", valid_from, steps)


def config_of(*probes: PlacedSeries, limits: tuple[ProbeGroup, ...] = (AIR,)) -> RoomConfig:
    config = RoomConfig()
    config.placed = {probe.series: probe for probe in probes}
    for probe in probes:
        config.groups.setdefault(probe.group, []).append(probe)
    config.limits = dict.fromkeys(limits, LIMIT)
    config.rooms = sorted({probe.group[0] for probe in probes})
    return config


def follow(state: EngineState, config: RoomConfig, *readings: Reading, now: int = T0) -> list[AlertKey]:
    return [key for key, _ in state.follow_readings(now, readings, config)]


def beat(state: EngineState, now: int, *, connected: bool = True, config: RoomConfig | None = None) -> None:
    list(state.follow_heartbeat(now, connected, config or config_of()))


times = st.integers(0, 2 * T0)
maybe_times = st.one_of(st.none(), times)
numbers = st.floats(-300, 300)
evidences: st.SearchStrategy[Evidence | None] = st.one_of(
    st.none(),
    st.builds(BoundEvidence, numbers, st.one_of(st.none(), st.just("door")), numbers, numbers, times),
    st.builds(SilenceEvidence, numbers, st.none(), numbers, numbers, times),
    st.builds(
        ProbeSilenceEvidence,
        numbers,
        st.just("door"),
        numbers,
        numbers,
        times,
        st.integers(0, 9),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(ProbeFaultEvidence, numbers, st.just("back"), numbers, times, st.integers(0, 9)),
)
timers = st.none() | st.builds(OutsideTime, times, times, st.booleans(), times, st.sampled_from(["", "door"]))
states = st.builds(
    ConditionState,
    st.integers(0, 99),
    maybe_times,
    st.sampled_from([None, "warning", "critical"]),
    times,
    evidences,
    timers,
    timers,
    maybe_times,
    st.integers(0, 9),
)
probes = st.builds(
    ProbeState,
    times,
    st.one_of(st.none(), numbers),
    st.booleans(),
    times,
    maybe_times,
    st.sampled_from([0, IMPLAUSIBLE, STUCK]),
    st.one_of(st.none(), numbers),
    st.integers(-5 * MINUTE_MS, 3 * HOUR_MS),
)
keys = st.builds(
    AlertKey,
    st.integers(1, 3),
    st.sampled_from(["high", "low", "silent"]),
    st.just("temperature"),
    st.sampled_from(["", "air", "core"]),
    st.integers(0, 2),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(keys, states, max_size=3), st.dictionaries(st.integers(1, 4), probes), times)
def test_a_restart_reads_the_state_that_was_saved(
    dbs: Databases, states_by_key: dict[AlertKey, ConditionState], by_series: dict[int, ProbeState], ms: int
) -> None:
    state = EngineState()
    state.states, state.probes = states_by_key, by_series
    state.listening = Listening(ms, T0 + ms, ms % 2 == 0)
    state.dirty_states, state.dirty_probes = set(states_by_key), set(by_series)
    with dbs.records.write() as tx:
        state.save(tx)
    with dbs.records.read() as tx:
        again = EngineState.read(tx)
    assert {key: again.states[key] for key in states_by_key} == states_by_key
    assert {series: again.probes[series] for series in by_series} == by_series
    assert again.listening == state.listening


def test_a_rolled_back_save_is_saved_again_and_a_committed_one_is_not(dbs: Databases) -> None:
    state = EngineState()
    follow(state, config_of(placed(7)), Reading(7, T0, 8.0))
    state.remember(HIGH, ConditionState(version=3, since=T0))
    with dbs.records.write() as tx:
        state.save(tx)
        tx.rollback()
    with dbs.records.write() as tx:
        state.save(tx)
    state.on_committed()
    assert (state.dirty_states, state.dirty_probes) == (set(), set())
    with dbs.records.read() as tx:
        again = EngineState.read(tx)
    assert again.states == {HIGH: ConditionState(version=3, since=T0)}
    assert again.probes == {7: ProbeState(T0, 8.0, False, 0, None)}


@given(st.dictionaries(keys, states, max_size=4), st.lists(probes, max_size=3), times)
def test_after_a_clock_that_ran_ahead_no_time_lies_after_now(
    states_by_key: dict[AlertKey, ConditionState], probe_states: list[ProbeState], now: int
) -> None:
    state = EngineState()
    state.states, state.probes = dict(states_by_key), dict(enumerate(probe_states))
    state.listening = Listening(5, now + STEP_MS + 1, True)
    beat(state, now)
    assert all(probe.at <= now for probe in state.probes.values())
    for condition in state.states.values():
        assert condition == condition.before(now)
    assert (state.dirty_states, state.dirty_probes) == (set(state.states), set(state.probes))
    assert state.listening == Listening(5, now, True), "the time between is not counted"


def test_a_small_step_of_the_clock_changes_no_state() -> None:
    state = EngineState()
    state.probes = {7: ProbeState(T0, 8.0, False, 0, None)}
    state.listening = Listening(0, T0, True)
    beat(state, T0 - STEP_MS)
    assert state.probes[7].at == T0
    assert not state.dirty_probes


@given(st.lists(st.tuples(st.integers(-60_000, 60_000), st.booleans()), max_size=20))
def test_the_listening_time_never_grows_while_the_broker_is_away(steps: list[tuple[int, bool]]) -> None:
    state, now, expected, before = EngineState(), T0, 0, False
    state.listening = Listening(0, T0, False)
    for gap, connected in steps:
        now += gap
        expected += gap if before and connected and 0 < gap <= HEARTBEAT_GAP_MS else 0
        beat(state, now, connected=connected)
        before = connected
    assert state.listening.ms == expected


@given(st.permutations([(T0, 4.0), (T0 + 1, 5.0), (T0 + 2, 6.0)]))
def test_the_latest_reading_by_time_counts_in_any_order(readings: list[tuple[int, float]]) -> None:
    state = EngineState()
    for at, value in readings:
        follow(state, config_of(), Reading(7, at, value))
    assert (state.probes[7].at, state.probes[7].value) == (T0 + 2, 6.0)


@pytest.mark.parametrize("flag", [Flag.TIME_UNKNOWN, Flag.PERSON])
def test_a_value_that_proves_no_life_makes_no_probe(flag: Flag) -> None:
    state = EngineState()
    assert follow(state, config_of(placed(7)), Reading(7, T0, 8.0, int(flag))) == []
    assert state.probes == {}


def test_a_doubtful_reading_keeps_the_last_plausible_value_until_the_next() -> None:
    state, config = EngineState(), config_of(placed(7))
    follow(state, config, Reading(7, T0, 4.0), Reading(7, T0 + 1, 85.0, IMPLAUSIBLE))
    (probe,) = state.observe(T0 + 1, config, HIGH).probes
    assert (probe.value, probe.doubted, probe.fault, probe.reported) == (4.0, True, "implausible", 85.0)
    assert not probe.is_fresh(T0 + 1)
    follow(state, config, Reading(7, T0 + 2, 4.2))
    (probe,) = state.observe(T0 + 2, config, HIGH).probes
    assert (probe.value, probe.doubted, probe.fault) == (4.2, False, "")


@pytest.mark.parametrize(
    ("flag", "fault"), [(Flag.STUCK, "stuck"), (Flag.PINNED, "stuck"), (Flag.STEP, "implausible")]
)
def test_each_doubt_has_its_own_condition(flag: Flag, fault: str) -> None:
    state, config = EngineState(), config_of(placed(7))
    follow(state, config, Reading(7, T0, 4.0, int(flag)))
    (probe,) = state.observe(T0, config, HIGH).probes
    assert (probe.value, probe.fault) == (None, fault)


def test_a_late_reading_is_no_news_of_its_probe_but_shows_how_often_it_reports() -> None:
    state, config = EngineState(), config_of(placed(7))
    follow(state, config, Reading(7, T0, 4.0))
    state.listening = Listening(MINUTE_MS, T0 + MINUTE_MS, True)
    follow(state, config, Reading(7, T0 + 5, 9.0, LATE), Reading(7, T0 + 6, 85.0, LATE | IMPLAUSIBLE))
    probe = state.probes[7]
    assert (probe.value, probe.doubted, probe.heard, probe.interval) == (4.0, False, 0, MINUTE_MS)
    (observed,) = state.observe(T0 + MINUTE_MS, config, HIGH).probes
    assert observed.quiet == MINUTE_MS


def test_a_value_is_fresh_by_its_arrival_however_old_its_device_says_it_is() -> None:
    state, config = EngineState(), config_of(placed(7))
    follow(state, config, Reading(7, T0 - 11 * MINUTE_MS, 20.0))
    (probe,) = state.observe(T0, config, HIGH).probes
    assert (probe.at, probe.age) == (T0 - 11 * MINUTE_MS, 11 * MINUTE_MS)
    assert probe.is_fresh(T0 + probe.quiet_after)
    assert not probe.is_fresh(T0 + probe.quiet_after + 1)


def test_keys_are_those_of_a_limit_a_doubt_or_an_open_condition() -> None:
    state, config = EngineState(), config_of(placed(7), placed(8, CORE))
    assert {key.condition for key in follow(state, config, Reading(7, T0, 4.0))} == {"high", "low"}
    assert follow(state, config, Reading(8, T0, 4.0)) == [], "its class has no limit"
    doubtful = follow(state, config, Reading(8, T0 + 1, 85.0, IMPLAUSIBLE))
    assert {(key.condition, key.position_class) for key in doubtful} == {
        ("implausible", "core"),
        ("stuck", "core"),
    }
    state.remember(AlertKey(1, "silent", "temperature", ""), ConditionState(severity="warning"))
    assert "silent" in {key.condition for key in follow(state, config, Reading(8, T0 + 2, 4.0))}


def test_a_heartbeat_judges_every_open_condition_even_of_a_room_that_is_gone() -> None:
    state, config = EngineState(), config_of(placed(7))
    gone = AlertKey(9, "high", "temperature", "air")
    state.remember(gone, ConditionState(severity="warning"))
    state.remember(gone._replace(room=8), ConditionState())
    due = [key for key, _ in state.follow_heartbeat(T0, True, config)]
    assert gone in due
    assert not any(key.room == 8 for key in due), "a state at rest needs no judging"
    assert due == sorted(due)


def test_a_moved_probe_shows_nothing_of_its_earlier_room() -> None:
    state, config = EngineState(), config_of(placed(7, AIR, T0))
    follow(state, config, Reading(7, T0 - 1, 20.0))
    (probe,) = state.observe(T0, config, HIGH).probes
    assert probe.value is None
    follow(state, config, Reading(7, T0, 4.0))
    (probe,) = state.observe(T0, config, HIGH).probes
    assert probe.value == 4.0


def test_the_offset_at_the_readings_time_corrects_it() -> None:
    steps = (OffsetStep(T0, 0.5), OffsetStep(T0 + HOUR_MS, -0.5))
    state, config = EngineState(), config_of(placed(7, AIR, 0, *steps))
    values = []
    for at in (T0 - 1, T0, T0 + HOUR_MS):
        follow(state, config, Reading(7, at, 4.0), now=at)
        values += [probe.value for probe in state.observe(at, config, HIGH).probes]
    assert values == [4.0, 4.5, 3.5]


def test_a_condition_of_the_whole_room_observes_air_and_core_and_not_outside() -> None:
    outside = ProbeGroup(1, "temperature", "outside")
    state, config = EngineState(), config_of(placed(7), placed(8, CORE), placed(9, outside), placed(10))
    follow(state, config, Reading(7, T0, 4.0), Reading(8, T0, 5.0), Reading(9, T0, -20.0))
    observation = state.observe(T0, config, AlertKey(1, "silent", "temperature", ""))
    assert [probe.value for probe in observation.probes] == [4.0, 5.0], "series 10 has never reported"
    assert (observation.limit, observation.empty) == (None, False)
