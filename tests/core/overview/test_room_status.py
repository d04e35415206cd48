"""What one room shows, from everything that is known of it."""

from dataclasses import replace

from core.alerts.alerts import Condition
from core.metrics import Verdict
from core.overview.room_status import (
    AlertSubject,
    RoomFacts,
    device_intervals,
    judge_room,
    without_live_probe,
)
from core.overview.status import ProbeNow, RoomState
from core.readings.readings import Flag
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from core.rooms.verdicts import freezing_point
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_768_360_000_000
POTATO = Limit(3, 1, "temperature", "air", 2.5, 7.0, 0.5, 12.0, 1800, 600, 0.3, "contents", ("potato",))
FREEZING_POINTS = {"potato": -0.6, "mushroom": -0.9}


def probe(value: float, spot: str = "door", *, age: int = 0, flags: int = 0) -> ProbeNow:
    cls = PositionClass.CORE if spot == "pile" else PositionClass.AIR
    return ProbeNow(
        series=1,
        device="d",
        position=spot,
        spot=spot,
        position_class=cls,
        metric="temperature",
        value=value,
        at=NOW - age,
        flags=flags,
        fresh=age < 10 * MINUTE_MS,
        doubtful=False,
    )


def potatoes(
    *probes: ProbeNow, manual: tuple[ProbeNow, ...] = (), resting: bool = False, empty: bool = False
) -> RoomFacts:
    return RoomFacts(
        probes=probes,
        manual=manual,
        limits=[POTATO],
        contents=[] if empty else [("potato", 38_000_000)],
        freezing_points=FREEZING_POINTS,
        has_probe=True,
        declared_empty=empty,
        resting=resting,
    )


def test_the_worst_probe_speaks_for_the_air() -> None:
    judged = judge_room(potatoes(probe(4.0), probe(7.4, "back")), NOW)
    assert judged.worst
    assert (judged.state, judged.verdict) == (RoomState.ATTENTION, Verdict.TOO_WARM)
    assert judged.worst.spot == "back"
    assert judged.excess == 7.4 - 7.0
    assert judged.last is None


def test_of_a_silent_room_the_last_believable_value_is_kept() -> None:
    stuck = probe(9.0, "back", age=HOUR_MS, flags=int(Flag.STUCK))
    judged = judge_room(potatoes(probe(4.0, age=2 * HOUR_MS), stuck), NOW)
    assert judged.last
    assert (judged.state, judged.worst, judged.last.value) == (RoomState.NO_DATA, None, 4.0)


def test_a_cold_reading_by_hand_counts_only_while_no_probe_is_alive() -> None:
    cold = probe(0.1, age=HOUR_MS)
    assert judge_room(potatoes(probe(4.0), manual=(cold,)), NOW).state == RoomState.OK
    silent = judge_room(potatoes(probe(4.0, age=3 * HOUR_MS), manual=(cold,)), NOW)
    assert (silent.state, silent.verdict) == (RoomState.DANGER, Verdict.FREEZING)
    assert silent.read == cold


def test_a_probe_that_spoke_later_is_believed_instead_of_the_person() -> None:
    spoke = probe(4.0, age=HOUR_MS)
    read = probe(0.1, age=2 * HOUR_MS)
    assert without_live_probe([read], [spoke]) == []
    assert judge_room(potatoes(spoke, manual=(read,)), NOW).read is None


def test_an_empty_room_that_rests_is_not_judged_for_its_cold() -> None:
    cold = probe(-8.0)
    assert judge_room(potatoes(cold, empty=True, resting=True), NOW).state == RoomState.RESTING
    assert judge_room(potatoes(cold, empty=True), NOW).state == RoomState.EMPTY


def test_the_goods_that_freeze_first_decide() -> None:
    assert freezing_point([POTATO], ["mushroom"], FREEZING_POINTS) == -0.6
    assert freezing_point([], ["mushroom", "potato"], FREEZING_POINTS) == -0.6
    assert freezing_point([], ["salt"], FREEZING_POINTS) is None


def test_a_device_speaks_as_often_as_its_most_talkative_series() -> None:
    assert device_intervals([("a", None), ("a", 300), ("a", 60), ("b", None)]) == {"a": 60, "b": None}


def test_a_room_that_warms_again_keeps_the_verdict_of_its_open_alert() -> None:
    """At 2.45 °C potatoes are only too cold; the alert began at a value near freezing."""
    cold = AlertSubject(Condition.LOW, "temperature", "air")
    facts = replace(potatoes(probe(2.45)), alert_verdicts={cold: Verdict.FREEZING})
    assert judge_room(potatoes(probe(2.45)), NOW).verdict == Verdict.TOO_COLD
    assert judge_room(facts, NOW).verdict == Verdict.FREEZING


def test_an_alert_about_cold_says_nothing_of_a_room_that_is_too_warm_now() -> None:
    cold = AlertSubject(Condition.LOW, "temperature", "air")
    facts = replace(potatoes(probe(7.4)), alert_verdicts={cold: Verdict.FREEZING})
    assert judge_room(facts, NOW).verdict == Verdict.TOO_WARM
