import pytest

from core.devices.probe_replacement import Probe, SpareProbe, candidates, placement_to_take, position_pairs
from core.errors import Refused
from core.rooms.places import Placement

OLD, NEW = Probe("old", "t1"), Probe("new", "")
DOOR, BACK = Placement("old", "t1", 1, "door", 0), Placement("new", "", 2, "back", 0)


def test_one_probe_takes_the_place_of_one() -> None:
    assert position_pairs([""], [""], None, None) == [("", "")]
    assert position_pairs(["door"], [""], None, None) == [("door", "")]
    assert position_pairs([""], ["t1"], None, None) == [("", "t1")]
    assert position_pairs(["door"], [], None, None) == [("door", "door")]


def test_several_go_each_by_its_name() -> None:
    assert position_pairs(["a", "b"], ["b", "a", "c"], None, None) == [("a", "a"), ("b", "b")]


def test_what_is_said_counts() -> None:
    assert position_pairs(["a", "b"], ["x"], "b", None) == [("b", "x")]
    assert position_pairs(["a", "b"], ["x", "y"], "b", "y") == [("b", "y")]
    assert position_pairs(["a"], ["x", "y"], None, "y") == [("a", "y")]


@pytest.mark.parametrize(
    ("placed", "measuring", "reason"),
    [([], [""], "not_placed"), (["a", "b"], [""], "which_probe"), (["a", "b"], ["a"], "which_probe")],
)
def test_where_it_is_not_clear_which_it_is_refused(
    placed: list[str], measuring: list[str], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        position_pairs(placed, measuring, None, None)
    assert refused.value.reason == reason


def spare(key: str, **facts: object) -> SpareProbe:
    usual = SpareProbe(key, placed=False, replaced=False, in_ice=False, speaks=True, rise=None, quiet=False)
    return usual._replace(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [{"placed": True}, {"replaced": True}, {"in_ice": True}, {"speaks": False}])
def test_a_probe_that_is_needed_elsewhere_or_never_spoke_takes_no_place(facts: dict[str, bool]) -> None:
    assert candidates([spare("it", **facts)]) == []


def test_the_one_that_is_warmed_most_comes_first_and_a_silent_one_last() -> None:
    probes = [
        spare("silent", quiet=True),
        spare("speaking"),
        spare("warm", rise=1.5),
        spare("warmer", rise=4.0),
    ]
    assert candidates(probes) == ["warmer", "warm", "speaking", "silent"]


def test_a_new_probe_takes_the_placement_of_the_old_one() -> None:
    assert placement_to_take(OLD, NEW, DOOR, None) == DOOR
    assert placement_to_take(Probe("box", "t1"), Probe("box", "t2"), DOOR, None) == DOOR


@pytest.mark.parametrize(
    ("new", "old_placement", "new_placement", "reason"),
    [
        (OLD, DOOR, DOOR, "itself"),
        (OLD, None, None, "itself"),
        (NEW, None, None, "not_placed"),
        (NEW, None, BACK, "not_placed"),
        (NEW, DOOR, BACK, "placed"),
    ],
)
def test_a_replacement_that_would_lose_a_placement_is_refused(
    new: Probe, old_placement: Placement | None, new_placement: Placement | None, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        placement_to_take(OLD, new, old_placement, new_placement)
    assert refused.value.reason == reason
