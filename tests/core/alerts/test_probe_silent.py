"""One of several probes falls silent: when somebody hears of it, how soon, and what explains it already."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.conditions.probe_silent import OUTLIVES, PROBE_SILENT
from core.alerts.evidence import ProbeSilenceEvidence
from core.alerts.judging import (
    Action,
    ConditionState,
    Decision,
    ProbeObservation,
    ProbeSubject,
    Reason,
    RoomObservation,
)
from core.alerts.probe_silences import SeriesSilence, counts, is_explained_by_probe, lead, silence_of
from core.times import MINUTE_MS

NOW = 1_760_000_040_000


def probe(quiet: int = 0, after: int = 10, spot: str = "door", value: float | None = 4.0) -> ProbeObservation:
    return ProbeObservation(value, NOW - quiet * MINUTE_MS, spot, quiet * MINUTE_MS, after * MINUTE_MS)


def room_with_probe(
    quiet: int,
    *others: ProbeObservation,
    metric: str = "temperature",
    position_class: str = "air",
    was_outside: bool = False,
    after: int = 10,
) -> RoomObservation:
    subject = ProbeSubject(probe(quiet, after), metric, position_class, was_outside)
    return RoomObservation(NOW, None, others, subject=subject)


def judged(
    observation: RoomObservation, state: ConditionState | None = None
) -> tuple[ConditionState, Decision]:
    return PROBE_SILENT.judge(state or ConditionState(), observation)


def evidence(observation: RoomObservation) -> ProbeSilenceEvidence:
    state, decision = judged(observation)
    assert decision.action == Action.ACTIVATE
    assert isinstance(state.evidence, ProbeSilenceEvidence)
    return state.evidence


BACK = probe(spot="back")


@pytest.mark.parametrize(("after", "told_at"), [(10, 30), (45, 45), (150, 150)])
def test_one_of_several_is_told_after_half_an_hour_or_three_of_its_intervals(
    after: int, told_at: int
) -> None:
    assert judged(room_with_probe(told_at - 1, BACK, after=after))[1].action == Action.NOTHING
    proof = evidence(room_with_probe(told_at, BACK, after=after))
    assert (proof.urgent, proof.other_probes, proof.spot) == (False, 1, "door")
    assert not proof.is_blind("temperature", "air"), "it waits for the day"


@pytest.mark.parametrize("metric", ["co2", "co"])
def test_the_air_that_people_breathe_is_urgent_and_sooner(metric: str) -> None:
    assert evidence(room_with_probe(10, metric=metric)).urgent
    other = room_with_probe(10, BACK, metric=metric)
    assert judged(other)[1].action == Action.NOTHING, "another probe shows it"
    assert not evidence(room_with_probe(30, BACK, metric=metric)).urgent


def test_a_room_whose_other_probe_cannot_be_believed_is_urgent() -> None:
    doubted = BACK._replace(doubted=True)
    assert evidence(room_with_probe(10, doubted)).urgent


@pytest.mark.parametrize(
    ("metric", "position_class"), [("humidity", "air"), ("temperature", "outside"), ("co2", "outside")]
)
def test_what_nobody_must_see_at_night_waits_although_no_other_probe_shows_it(
    metric: str, position_class: str
) -> None:
    assert (
        judged(room_with_probe(29, metric=metric, position_class=position_class))[1].action == Action.NOTHING
    )
    assert not evidence(room_with_probe(30, metric=metric, position_class=position_class)).urgent


def test_a_probe_that_was_outside_when_it_stopped_is_urgent() -> None:
    proof = evidence(room_with_probe(10, BACK, was_outside=True))
    assert (proof.urgent, proof.was_outside) == (True, True)


def test_what_was_urgent_stays_urgent_while_it_lasts() -> None:
    state, _ = judged(room_with_probe(10, BACK, was_outside=True))
    later, decision = judged(room_with_probe(40, BACK), state)
    assert decision == Decision(Action.NOTHING, Reason.QUIET)
    assert isinstance(later.evidence, ProbeSilenceEvidence)
    assert (later.evidence.urgent, later.evidence.was_outside) == (True, True)


def test_it_becomes_urgent_when_the_last_other_probe_goes() -> None:
    state, _ = judged(room_with_probe(30, BACK))
    later, _ = judged(room_with_probe(60, BACK._replace(doubted=True)), state)
    assert later.evidence is not None
    assert later.evidence.is_blind("temperature", "air")


def test_it_is_told_once_and_ends_when_it_is_heard() -> None:
    state, _ = judged(room_with_probe(30, BACK))
    assert judged(room_with_probe(5000, BACK), state)[1] == Decision(Action.NOTHING, Reason.QUIET)
    assert judged(room_with_probe(0, BACK), state)[1] == Decision(Action.RESOLVE, Reason.HEARD_AGAIN)


def test_a_probe_that_was_taken_away_and_an_empty_room_end_it_with_their_own_reasons() -> None:
    state, _ = judged(room_with_probe(30, BACK))
    away = RoomObservation(NOW, None, [BACK])
    assert judged(away, state)[1] == Decision(Action.RESOLVE, Reason.PROBE_REMOVED)
    empty = replace_empty(room_with_probe(30, BACK))
    assert judged(empty, state)[1] == Decision(Action.RESOLVE, Reason.ROOM_EMPTY)
    assert judged(empty)[1].action == Action.NOTHING


def replace_empty(observation: RoomObservation) -> RoomObservation:
    return observation._replace(empty=True)


def test_what_is_explained_is_not_told_until_it_outlives_its_cause() -> None:
    explained = room_with_probe(300, BACK)._replace(explained=True)
    state, decision = judged(explained)
    assert decision == Decision(Action.NOTHING, Reason.EXPLAINED)
    early = room_with_probe(310, BACK)._replace(now=state.judged_at + OUTLIVES - 1)
    assert judged(early, state)[1] == Decision(Action.NOTHING, Reason.WAITING)
    late = early._replace(now=state.judged_at + OUTLIVES)
    assert judged(late, state)[1].action == Action.ACTIVATE


def test_an_alert_that_was_told_is_not_taken_back_by_a_later_explanation() -> None:
    state, _ = judged(room_with_probe(30, BACK))
    assert judged(room_with_probe(60, BACK)._replace(explained=True), state)[1].action == Action.NOTHING


# --- one probe, several series ---

TEMPERATURE = SeriesSilence(1, "temperature", 40, 10)
HUMIDITY = SeriesSilence(2, "humidity", 40, 10)
CO2 = SeriesSilence(3, "co2", 40, 10)


def test_temperature_speaks_for_its_probe() -> None:
    of_probe = [HUMIDITY, CO2, TEMPERATURE]
    assert lead(of_probe) == TEMPERATURE
    assert not is_explained_by_probe(TEMPERATURE, of_probe)
    assert is_explained_by_probe(HUMIDITY, of_probe)
    assert not is_explained_by_probe(CO2, of_probe), "people's air speaks for itself"


def test_who_was_told_first_speaks_for_the_others() -> None:
    told_co2 = CO2._replace(is_told=True)
    assert is_explained_by_probe(TEMPERATURE, [TEMPERATURE, HUMIDITY, told_co2])


def test_a_series_that_alone_is_silent_is_told_for_itself() -> None:
    talking = TEMPERATURE._replace(quiet=0)
    assert not is_explained_by_probe(HUMIDITY, [talking, HUMIDITY])
    assert silence_of(HUMIDITY, [talking, HUMIDITY]) == (40, 10)


def test_a_probe_that_reports_its_temperature_seldom_is_silent_when_everything_of_it_is() -> None:
    seldom = TEMPERATURE._replace(quiet=90, quiet_after=180)
    assert silence_of(seldom, [seldom, HUMIDITY]) == (40, 10)
    assert silence_of(seldom, [seldom, HUMIDITY._replace(quiet=1)]) == (90, 180)


silences = st.lists(
    st.builds(
        SeriesSilence,
        st.integers(1, 6),
        st.sampled_from(["temperature", "humidity", "co2"]),
        st.integers(0, 100),
        st.integers(10, 60),
        st.booleans(),
        st.just(False),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda silence: silence.series,
)


def test_a_metric_that_came_only_once_is_no_loss_unless_its_probe_has_no_other() -> None:
    once = HUMIDITY._replace(regular=False)
    assert not counts(once, [TEMPERATURE, once])
    assert counts(once, [once])


@given(silences)
def test_of_a_silent_probe_somebody_always_speaks(of_probe: list[SeriesSilence]) -> None:
    speaking = [silence for silence in of_probe if not is_explained_by_probe(silence, of_probe)]
    assert lead(of_probe) in speaking
    assert counts(lead(of_probe), of_probe)
    silences = [replace_told(silence, lead(of_probe)) for silence in of_probe]
    assert any(not is_explained_by_probe(silence, silences) for silence in silences if silence.is_told)


def replace_told(silence: SeriesSilence, told_silence: SeriesSilence) -> SeriesSilence:
    return silence._replace(is_told=silence == told_silence)


def test_evidence_says_whether_a_number_changed() -> None:
    proof = evidence(room_with_probe(30, BACK))
    assert not proof.is_news_after(proof)
    assert replace(proof, urgent=True).is_news_after(proof)
