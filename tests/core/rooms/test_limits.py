from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.produce import REFUSE, Produce
from core.errors import Refused
from core.rooms.limits import Limit, check_by_hand, clashes_among, from_contents
from store.catalogue.produce import shipped

PRODUCE, PHASES = shipped()
BY_HAND = Limit(1, 0, "temperature", "air", 2.5, 7, 0.5, 10, 1800, 600, 0.5, "hand")


def of(*names: str) -> dict[tuple[str, str], Limit]:
    limits = from_contents(1, [PRODUCE[name] for name in names], "cold_room", None)
    return {(limit.metric, str(limit.position_class)): limit for limit in limits}


def bounds(limit: Limit) -> tuple[float | None, float | None, float | None, float | None]:
    return limit.safe_low, limit.safe_high, limit.hard_low, limit.hard_high


def test_one_kind_of_goods_asks_for_its_own_ranges() -> None:
    potatoes = of("potato_table")
    assert bounds(potatoes["temperature", "air"]) == (2.5, 7, 0.5, 10)
    assert bounds(potatoes["temperature", "core"]) == (None, None, 0.5, 10)
    assert potatoes["temperature", "air"].produce == ("potato_table",)
    assert potatoes["temperature", "air"].origin == "contents"


def test_two_kinds_ask_for_what_both_can_bear() -> None:
    both = of("potato_table", "potato_seed")
    assert bounds(both["temperature", "air"]) == (2.5, 5, 0.5, 8)
    assert both["temperature", "air"].produce == ("potato_seed", "potato_table")


def test_potatoes_beside_sweet_potatoes_are_refused_with_both_ranges() -> None:
    with pytest.raises(Refused) as refused:
        of("potato_table", "sweetpotato")
    assert refused.value.reason == "no_common_range"
    assert str(refused.value) == "土豆要2.5到7度,红薯要11到15.5度,不能放同一个库"


def test_mushrooms_are_told_of_sooner_than_potatoes() -> None:
    assert of("mushroom_oyster")["temperature", "air"].safe_delay_s == 20 * 60
    assert of("potato_table")["temperature", "air"].safe_delay_s == 30 * 60
    assert of("mushroom_button", "cabbage")["temperature", "air"].safe_delay_s == 20 * 60
    assert {of(name)["temperature", "air"].hard_delay_s for name in PRODUCE} == {600}


def test_a_pile_may_not_come_near_its_freezing_point() -> None:
    assert of("mushroom_button")["temperature", "core"].hard_low == -0.5
    assert of("potato_table")["temperature", "core"].hard_low == 0.5


def test_humidity_is_only_warned_of_and_its_high_side_only_where_a_probe_can_tell() -> None:
    assert bounds(of("potato_table")["humidity", "air"]) == (85, None, None, None)
    assert bounds(of("sweetpotato")["humidity", "air"]) == (80, None, None, None)
    assert bounds(of("garlic")["humidity", "air"]) == (50, 75, None, None)


def test_a_room_with_nothing_in_it_goes_by_what_it_is_for() -> None:
    limits = from_contents(1, [], "cold_room", PRODUCE["sweetpotato"])
    assert (limits[0].safe_low, limits[0].origin) == (11, "use")
    assert from_contents(1, [], "cold_room", None) == []


def test_what_lies_there_counts_more_than_what_a_room_is_for() -> None:
    limits = from_contents(1, [PRODUCE["potato_table"]], "cold_room", PRODUCE["sweetpotato"])
    assert (limits[0].safe_low, limits[0].origin) == (2.5, "contents")


def test_a_room_declared_empty_has_nothing_to_keep() -> None:
    assert from_contents(1, [], "cold_room", PRODUCE["sweetpotato"], empty=True) == []
    assert from_contents(1, [], "mushroom_shed", PHASES["oyster/fruiting"], empty=True) == []


def test_a_shed_goes_by_its_phase_whatever_lies_in_it() -> None:
    limits = from_contents(1, [PRODUCE["mushroom_oyster"]], "mushroom_shed", PHASES["oyster/fruiting"])
    by = {(limit.metric, str(limit.position_class)): limit for limit in limits}
    assert bounds(by["temperature", "air"]) == (8, 22, 4.5, 25.5)
    assert bounds(by["co2", "air"]) == (None, 1200, None, 2000)
    assert bounds(by["humidity", "air"]) == (80, None, None, None)
    assert ("temperature", "core") not in by
    assert {limit.origin for limit in limits} == {"use"}


def test_bags_in_spawn_run_must_not_burn() -> None:
    limits = from_contents(1, [], "mushroom_shed", PHASES["oyster/spawn_run"])
    core = next(limit for limit in limits if limit.position_class == "core")
    assert bounds(core) == (None, 30, None, 35)


def test_wood_ear_is_dried_on_purpose_and_enoki_wants_its_air_thick() -> None:
    dried = from_contents(1, [], "mushroom_shed", PHASES["wood_ear/fruiting"])
    assert "humidity" not in {limit.metric for limit in dried}
    thick = from_contents(1, [], "mushroom_shed", PHASES["enoki/fruiting"])
    assert next(limit for limit in thick if limit.metric == "co2").safe_high == 10_000


@pytest.mark.parametrize("ident", PHASES)
def test_what_a_phase_asks_for_makes_sense(ident: str) -> None:
    check_by_hand(from_contents(1, [], "mushroom_shed", PHASES[ident]))


@given(st.lists(st.sampled_from(sorted(PRODUCE)), min_size=1, max_size=4, unique=True))
def test_any_goods_either_clash_or_give_limits_that_suit_each_of_them(names: list[str]) -> None:
    goods = [PRODUCE[name] for name in names]
    if any(clash.severity == REFUSE for clash in clashes_among(goods)):
        with pytest.raises(Refused):
            from_contents(1, goods, "cold_room", None)
        return
    limits = from_contents(1, goods, "cold_room", None)
    check_by_hand(limits)
    for produce in goods:
        _suits(limits[0], produce)


def _suits(limit: Limit, goods: Produce) -> None:
    assert limit.safe_low is not None
    assert limit.safe_high is not None
    assert limit.hard_low is not None
    assert goods.temp_safe.low <= limit.safe_low < limit.safe_high <= goods.temp_safe.high
    assert limit.safe_high - limit.safe_low >= 1
    assert limit.hard_low >= goods.temp_hard.low


def test_the_order_of_the_goods_does_not_matter() -> None:
    for a, b in combinations(("potato_table", "potato_seed", "cabbage"), 2):
        if not any(clash.severity == REFUSE for clash in clashes_among([PRODUCE[a], PRODUCE[b]])):
            assert of(a, b) == of(b, a)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"safe_low": 7.0, "safe_high": 2.5}, "low_above_high"),
        ({"safe_low": 7.0, "hard_low": None}, "low_above_high"),
        ({"hard_low": 3.0}, "hard_inside_safe"),
        ({"hard_high": 6.5}, "hard_inside_safe"),
        ({"safe_low": None, "safe_high": None, "hard_low": 12.0}, "low_above_high"),
        ({"safe_low": None, "safe_high": None, "hard_low": None, "hard_high": None}, "no_bounds"),
        ({"safe_delay_s": -1}, "impossible_delay"),
        ({"hard_delay_s": 90_000}, "impossible_delay"),
        ({"hysteresis": -0.1}, "impossible_hysteresis"),
        ({"hysteresis": 2.25}, "impossible_hysteresis"),
        ({"hysteresis": float("nan")}, "impossible_hysteresis"),
        ({"safe_high": float("nan")}, "impossible_bound"),
        ({"safe_high": float("inf")}, "impossible_bound"),
        ({"hard_high": 400.0}, "impossible_bound"),
        ({"metric": "battery"}, "unknown_metric"),
        ({"position_class": "outside"}, "unknown_class"),
    ],
)
def test_it_refuses_limits_that_make_no_sense(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        check_by_hand([replace(BY_HAND, **changed)])  # type: ignore[arg-type]
    assert refused.value.reason == reason
    assert "%(" not in str(refused.value)


def test_it_refuses_no_limits_and_the_same_one_twice() -> None:
    for limits, reason in (([], "no_limits"), ([BY_HAND, BY_HAND], "twice")):
        with pytest.raises(Refused) as refused:
            check_by_hand(limits)
        assert refused.value.reason == reason


def test_one_side_alone_is_enough() -> None:
    check_by_hand([replace(BY_HAND, safe_low=None, hard_low=None, hard_high=None)])
