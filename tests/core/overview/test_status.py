"""What a room's word is, from probes and limits."""

from dataclasses import replace
from typing import Any

import pytest

from core.metrics import Verdict
from core.overview import status
from core.overview.status import ProbeNow, RoomCircumstances, RoomState
from core.readings.readings import Flag
from core.rooms import verdicts
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from core.times import MINUTE_MS

POTATO = Limit(3, 1, "temperature", "air", 2.5, 7.0, 0.5, 12.0, 1800, 600, 0.3, "contents", ("potato",))
FREEZES_AT = -0.6


def probe(value: float, spot: str = "door", metric: str = "temperature", fresh: bool = True) -> ProbeNow:
    cls = PositionClass.CORE if spot == "pile" else PositionClass.AIR
    return ProbeNow(1, "d", spot, spot, cls, metric, value, 0, 0, fresh, False)


USED = RoomCircumstances(measured=True, placed=True, registered=True)


def word(probes: list[ProbeNow], **changed: Any) -> RoomState:
    judged = [row for row in [status.judge_limit(POTATO, probes, FREEZES_AT)] if row]
    return status.room_state(judged, replace(USED, measured=bool(judged), **changed))


@pytest.mark.parametrize(
    ("value", "verdict", "level"),
    [
        (1.2, Verdict.FREEZING, 1),
        (0.4, Verdict.FREEZING, 2),
        (2.45, Verdict.TOO_COLD, 1),
        (2.5, None, 0),
        (7.0, None, 0),
        (7.1, Verdict.TOO_WARM, 1),
        (12.5, Verdict.TOO_WARM, 2),
    ],
)
def test_a_potato_room_says_what_is_wrong(value: float, verdict: Verdict | None, level: int) -> None:
    judged = status.judge_limit(POTATO, [probe(value)], FREEZES_AT)
    assert judged
    assert (judged.verdict, judged.level) == (verdict, level)


def test_cold_that_cannot_freeze_anything_is_only_too_cold() -> None:
    assert verdicts.verdict(1.2, POTATO, None) == Verdict.TOO_COLD
    assert verdicts.verdict(2.45, POTATO, FREEZES_AT) == Verdict.TOO_COLD


@pytest.mark.parametrize("value", [1.5, 0.5, -1.0])
def test_goods_freeze_whatever_bounds_a_person_set(value: float) -> None:
    by_hand = replace(POTATO, safe_low=2.0, safe_high=8.0, hard_low=None, hard_high=None, origin="hand")
    under_limit = verdicts.verdict(value, by_hand, FREEZES_AT)
    assert (
        under_limit == verdicts.verdict_of("temperature", value, FREEZES_AT, high=False) == Verdict.FREEZING
    )


def test_a_metric_without_words_of_its_own_has_no_verdict() -> None:
    assert verdicts.verdict_of("co2", 300, None, high=False) is None
    assert verdicts.verdict_of("co", 90, None, high=True) is None


def test_the_worst_probe_is_the_one_furthest_outside() -> None:
    judged = status.judge_limit(
        POTATO, [probe(1.2, "door"), probe(8.0, "back"), probe(4, "middle")], FREEZES_AT
    )
    assert judged
    assert (judged.spot, judged.value) == ("door", 1.2)


def test_inside_the_band_the_worst_probe_is_the_one_nearest_to_a_bound() -> None:
    judged = status.judge_limit(POTATO, [probe(4.6, "door"), probe(6.9, "back"), probe(3.0, "middle")], None)
    assert judged
    assert judged.spot == "back"


def test_a_pile_or_an_old_value_never_speaks_for_the_air() -> None:
    assert status.judge_limit(POTATO, [probe(30, "pile"), probe(40, fresh=False)], None) is None


@pytest.mark.parametrize(
    ("metric", "value", "verdict"),
    [
        ("humidity", 80, Verdict.TOO_DRY),
        ("humidity", 99, Verdict.TOO_DAMP),
        ("co2", 2350, Verdict.CO2_HIGH),
        ("co2", 400, None),
    ],
)
def test_damp_and_air_have_their_own_words(metric: str, value: float, verdict: Verdict | None) -> None:
    low, high = (85, 95) if metric == "humidity" else (None, 1200)
    limit = replace(POTATO, metric=metric, safe_low=low, safe_high=high, hard_low=None, hard_high=None)
    judged = status.judge_limit(limit, [probe(value, metric=metric)], None)
    assert judged
    assert judged.verdict == verdict


def test_the_word_of_a_room() -> None:
    assert word([probe(4)]) == RoomState.OK
    assert word([probe(1.2)]) == RoomState.ATTENTION
    assert word([probe(0.1)]) == RoomState.DANGER
    assert word([probe(4)], alert="warning") == RoomState.ATTENTION
    assert word([probe(4)], alert="critical") == RoomState.DANGER
    assert word([probe(4, fresh=False)]) == RoomState.NO_DATA
    assert word([], placed=False, registered=False) == RoomState.UNREGISTERED


def test_a_room_without_limits_is_not_called_right() -> None:
    assert status.room_state([], replace(USED, registered=False)) == RoomState.UNREGISTERED


def test_danger_outlives_the_silence_of_its_probe_but_silence_itself_is_no_data() -> None:
    assert word([], alert="critical") == RoomState.DANGER
    assert word([], alert="critical", alert_is_silence=True) == RoomState.NO_DATA


def test_an_empty_room_is_quiet_until_a_critical_alert() -> None:
    assert word([probe(0.1)], empty=True) == RoomState.EMPTY
    assert word([probe(0.1)], empty=True, alert="critical") == RoomState.DANGER


def test_rooms_sort_worst_first() -> None:
    keys = {
        "ok": status.sort_key(RoomState.OK, -1, 1, 1),
        "empty": status.sort_key(RoomState.EMPTY, 0, 0, 2),
        "no data": status.sort_key(RoomState.NO_DATA, 0, 0, 3),
        "warm": status.sort_key(RoomState.ATTENTION, 1.2, 9, 4),
        "hot": status.sort_key(RoomState.DANGER, 5.1, 8, 5),
        "hotter": status.sort_key(RoomState.DANGER, 7.9, 9, 6),
        "new": status.sort_key(RoomState.UNREGISTERED, 0, 0, 7),
    }
    assert sorted(keys, key=keys.__getitem__) == ["hotter", "hot", "warm", "no data", "new", "ok", "empty"]


def test_a_tenth_of_a_degree_does_not_swap_two_tiles() -> None:
    assert status.sort_key(RoomState.ATTENTION, 1.1, 1, 1) < status.sort_key(RoomState.ATTENTION, 1.2, 2, 2)


def test_the_usual_interval_is_learned_through_bursts_and_outages() -> None:
    regular = [n * 30_000 for n in range(13)]
    assert status.usual_interval(regular) == 30
    assert status.usual_interval([*regular[:12], regular[11] + 2 * 3_600_000]) == 30
    bursts = [n * 600_000 + extra for n in range(5) for extra in (0, 1_000, 2_000)]
    assert status.usual_interval(bursts) == 598
    assert status.usual_interval([0, 60_000]) is None


def test_a_value_is_now_for_three_intervals_within_reason() -> None:
    assert status.fresh_for(None) == 15 * MINUTE_MS
    assert status.fresh_for(10) == 3 * MINUTE_MS
    assert status.fresh_for(300) == 15 * MINUTE_MS
    assert status.fresh_for(3600) == 30 * MINUTE_MS
    assert status.is_fresh(0, 0, 30, 3 * MINUTE_MS)
    assert not status.is_fresh(0, 0, 30, 3 * MINUTE_MS + 1)


@pytest.mark.parametrize("flag", [Flag.IMPLAUSIBLE, Flag.STUCK, Flag.TIME_UNKNOWN])
def test_a_doubtful_or_timeless_value_is_never_now(flag: Flag) -> None:
    assert not status.is_fresh(0, int(flag), 30, 0)


def test_the_direction_needs_more_than_the_noise_of_a_probe() -> None:
    assert status.trend(4.1, 4.0) is None
    assert status.trend(4.1, None) is None
    assert status.trend(4.3, 4.0) == "up"
    assert status.trend(3.0, 4.0) == "down"
