"""Every condition is described whole: words in both languages, evidence, a heading in the docs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.alerts.alerts import Condition, Severity
from core.alerts.conditions import CONDITIONS, judge
from core.alerts.conditions.contract import AlertCondition, Scope
from core.alerts.evidence import (
    BoundEvidence,
    Evidence,
    ProbeFaultEvidence,
    ProbeSilenceEvidence,
    SilenceEvidence,
    from_json,
    kinds,
)
from core.alerts.judging import Action, ConditionState, ProbeObservation, ProbeSubject, RoomObservation
from core.metrics import Verdict
from i18n.language import translator
from tests.support.conditions import breach

DOCS = Path(__file__).parents[3] / "docs/developers/alert_conditions.md"
NOW = 1_760_000_000_000
EVIDENCE: list[Evidence] = [
    BoundEvidence(8.4, "door", bound=7.0, worst=9.1, worst_at=NOW),
    SilenceEvidence(3.9, None, quiet_minutes=10.0, last_value=4.0, last_at=NOW),
    ProbeSilenceEvidence(
        3.9,
        "door",
        quiet_minutes=10.0,
        last_value=4.0,
        last_at=NOW,
        other_probes=1,
        urgent=False,
        was_outside=False,
    ),
    ProbeFaultEvidence(4.0, "back", reported=85.0, reported_at=NOW, other_probes=0),
]


@dataclass
class Summary:
    metric: str
    severity: str
    verdict: Verdict | None
    evidence: Evidence
    blind: bool
    rooms: int


def summaries(condition: AlertCondition) -> Iterator[Summary]:
    evidence = next(kind for kind in EVIDENCE if isinstance(kind, condition.evidence))
    for metric in ("temperature", "humidity"):
        for severity in Severity:
            for verdict in (None, *Verdict):
                for blind, rooms in ((False, 1), (True, 2)):
                    yield Summary(metric, severity, verdict, evidence, blind, rooms)


def texts(condition: AlertCondition) -> set[str]:
    words = condition.words
    fixed = {words.what, words.worst, words.worst_on_page, *words.what_by_verdict.values()}
    fixed |= {sentence.text for sentence in words.ended}
    chosen = (words.head, words.after_head, words.advice)
    return {text for text in fixed | {choose(s) for choose in chosen for s in summaries(condition)} if text}


def test_every_condition_of_the_enum_is_described() -> None:
    assert list(CONDITIONS) == list(Condition)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_has_words_in_both_languages(name: str) -> None:
    condition, english = CONDITIONS[name], translator("en")
    assert condition.words.what
    assert condition.words.ended
    for summary in summaries(condition):
        assert condition.words.head(summary)
    assert not {text for text in texts(condition) if english(text) == text}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_has_a_heading_in_the_docs(name: str) -> None:
    assert re.search(rf"^### `{name}`", DOCS.read_text("utf-8"), re.M)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_raises_its_own_kind_of_evidence(name: str) -> None:
    condition = CONDITIONS[name]
    assert condition.evidence in kinds().values()
    if condition.scope == Scope.LIMIT:
        return  # test_high_low.py
    fault = name if condition.scope == Scope.PROBE else ""
    probe = ProbeObservation(4.0, NOW, "door", quiet=10**9, doubted=bool(fault), fault=fault, reported=85.0)
    subject = ProbeSubject(probe, "temperature", "air") if condition.scope == Scope.SERIES else None
    state, _ = judge(name, ConditionState(), RoomObservation(NOW, None, [probe], subject=subject))
    assert isinstance(state.evidence, condition.evidence)


@pytest.mark.parametrize("evidence", EVIDENCE, ids=lambda evidence: evidence.kind)
def test_evidence_comes_back_from_its_json_as_it_was(evidence: Evidence) -> None:
    assert from_json(evidence.to_json()) == evidence
    assert from_json({**evidence.to_json(), "of_a_newer_program": 1}) == evidence


def test_evidence_of_an_unknown_kind_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        from_json({"kind": "phase_of_the_moon", "value": 1.0, "spot": None})


@pytest.mark.parametrize("evidence", EVIDENCE, ids=lambda evidence: evidence.kind)
def test_a_clock_that_was_set_back_leaves_no_time_in_the_future(evidence: Evidence) -> None:
    assert evidence.before(NOW - 5).figures.worst_at == NOW - 5
    assert evidence.before(NOW + 5) == evidence


def test_only_a_temperature_that_no_other_probe_measures_leaves_a_room_unseen() -> None:
    fault = EVIDENCE[-1]
    assert fault.is_blind("temperature", "air")
    assert not fault.is_blind("humidity", "air")
    assert not fault.is_blind("temperature", "outside")
    assert not ProbeFaultEvidence(4.0, "back", 85.0, NOW, other_probes=1).is_blind("temperature", "air")
    assert not EVIDENCE[0].is_blind("temperature", "air")


def test_a_state_without_a_breach_has_no_evidence_to_keep() -> None:
    assert ConditionState().before(NOW) == ConditionState()
    assert breach(NOW, NOW, bound=7.0, value=8.0).before(NOW - 1).since == NOW - 1


@pytest.mark.parametrize("name", CONDITIONS)
def test_nothing_is_decided_where_there_are_no_probes(name: str) -> None:
    assert judge(name, ConditionState(), RoomObservation(NOW, None, []))[1].action == Action.NOTHING
