"""Silence: when a room has fallen silent, and when a single probe has."""

from hypothesis import given
from hypothesis import strategies as st

from core.alerts.conditions.silent import SILENT
from core.alerts.evidence import SilenceEvidence
from core.alerts.judging import Action, ConditionState, Decision, ProbeObservation, Reason, RoomObservation
from core.times import MINUTE_MS

NOW = 1_760_000_000_000

minutes = st.integers(0, 60)
probes = st.builds(
    lambda quiet, after, value, spot: ProbeObservation(
        value,
        NOW - quiet * MINUTE_MS,
        spot,
        quiet=quiet * MINUTE_MS,
        quiet_after=after * MINUTE_MS,
    ),
    minutes,
    st.integers(5, 40),
    st.none() | st.floats(-30, 40),
    st.sampled_from(["door", "back", "pile"]),
)
rooms = st.lists(probes, min_size=1, max_size=4)


def judged(
    of_room: list[ProbeObservation], state: ConditionState, *, empty: bool = False
) -> tuple[ConditionState, Decision]:
    return SILENT.judge(state, RoomObservation(NOW, None, of_room, empty))


def silent_room() -> ConditionState:
    quiet = ProbeObservation(4.0, NOW - 60 * MINUTE_MS, "door", 60 * MINUTE_MS, 10 * MINUTE_MS)
    state, decision = judged([quiet], ConditionState())
    assert decision.action == Action.ACTIVATE
    return state


@given(rooms)
def test_a_room_is_silent_only_when_its_last_probe_is(of_room: list[ProbeObservation]) -> None:
    state, decision = judged(of_room, ConditionState())
    speaks = any(probe.quiet < probe.quiet_after for probe in of_room)
    assert decision.action == (Action.NOTHING if speaks else Action.ACTIVATE)
    assert (state == ConditionState()) is speaks


@given(rooms)
def test_the_first_probe_that_speaks_ends_the_silence(of_room: list[ProbeObservation]) -> None:
    state, decision = judged(of_room, silent_room())
    speaks = any(probe.quiet < probe.quiet_after for probe in of_room)
    assert decision.action == (Action.RESOLVE if speaks else Action.NOTHING)
    assert decision.reason == (Reason.HEARD_AGAIN if speaks else Reason.QUIET)
    assert (state == ConditionState()) is speaks


@given(rooms)
def test_a_silence_that_goes_on_is_not_a_new_one(of_room: list[ProbeObservation]) -> None:
    state, decision = judged(of_room, ConditionState())
    if decision.action == Action.ACTIVATE:
        later, again = judged(of_room, state)
        assert (later, again.action) == (state, Action.NOTHING)


@given(rooms)
def test_it_tells_the_latest_report_and_since_when(of_room: list[ProbeObservation]) -> None:
    state, decision = judged(of_room, ConditionState())
    if decision.action != Action.ACTIVATE:
        return
    last_at = max(probe.at for probe in of_room)
    assert state.since == last_at
    assert isinstance(state.evidence, SilenceEvidence)
    assert state.evidence.last_at == last_at
    assert (state.evidence.last_value, state.evidence.spot) in {
        (probe.value or 0.0, probe.spot) for probe in of_room if probe.at == last_at
    }
    assert state.evidence.quiet_minutes * MINUTE_MS == min(probe.quiet_after for probe in of_room)


@given(rooms)
def test_an_empty_room_may_be_silent(of_room: list[ProbeObservation]) -> None:
    assert judged(of_room, ConditionState(), empty=True)[1].action == Action.NOTHING
    state, decision = judged(of_room, silent_room(), empty=True)
    assert (state, decision.action, decision.reason) == (ConditionState(), Action.RESOLVE, Reason.ROOM_EMPTY)


def test_probes_that_were_taken_away_do_not_end_a_silence() -> None:
    """Without a probe nobody knows more about the room than before."""
    state = silent_room()
    assert judged([], state)[0] == state
    assert judged([], state)[1].action == Action.NOTHING
