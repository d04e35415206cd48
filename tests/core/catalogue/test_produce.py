from dataclasses import replace

import pytest

from core.catalogue.produce import Confidence, Phase, Produce, clashes, produce_from
from core.wording.numbers import degrees_range
from store.catalogue.produce import shipped, sources

PRODUCE, PHASES = shipped()
ENTRIES: list[Produce | Phase] = [*PRODUCE.values(), *PHASES.values()]


def kinds(a: str, b: str) -> dict[str, str]:
    return {clash.kind: clash.severity for clash in clashes(PRODUCE[a], PRODUCE[b])}


def test_the_catalogue_is_whole() -> None:
    assert len(PRODUCE) == 27
    assert len(PHASES) == 30
    known_sources = sources()
    for entry in ENTRIES:
        assert entry.sources
        assert set(entry.sources) <= set(known_sources), entry.id
        assert entry.name
        assert entry.name_en
        assert bool(entry.doubts) == bool(entry.doubts_en)


def test_names_are_the_words_of_the_page_and_none_is_there_twice() -> None:
    assert PRODUCE["potato_table"].name == "土豆"
    assert PRODUCE["potato_seed"].name == "种薯"
    assert PRODUCE["sweetpotato"].name == "红薯"
    assert PRODUCE["potato_table"].form_name == "马铃薯"
    names = [entry.name for entry in ENTRIES]
    assert len(names) == len(set(names))


def test_a_value_from_memory_or_in_conflict_is_marked_for_the_page() -> None:
    assert PRODUCE["walnut_fresh"].unsure
    assert not PRODUCE["potato_table"].unsure
    assert "ethylene" in PRODUCE["potato_table"].unsure_fields
    assert PRODUCE["jujube_fresh"].confidences["temp_target"] == Confidence.CONFLICT
    assert PHASES["king_oyster/fruiting"].unsure
    assert {field for entry in PRODUCE.values() for field in entry.confidences} >= {"temp_safe", "rh_target"}


def test_every_safe_range_lies_within_its_hard_one_and_above_freezing() -> None:
    for entry in PRODUCE.values():
        assert entry.temp_hard.low <= entry.temp_safe.low <= entry.temp_safe.high <= entry.temp_hard.high
        if entry.freezing is not None:
            assert entry.temp_hard.low > entry.freezing


@pytest.mark.parametrize(
    ("a", "b", "refused"),
    [
        ("potato_table", "potato_seed", set()),
        ("potato_table", "sweetpotato", {"no_common_range", "kept_apart"}),
        ("apple", "carrot", {"ethylene"}),
        ("cabbage", "carrot", set()),
        ("garlic", "carrot", {"dry_with_wet"}),
        ("mushroom_oyster", "mushroom_king_oyster", set()),
        ("apple", "mushroom_button", {"ethylene"}),
        ("potato_table", "potato_fry", {"processing_potato"}),
        ("potato_chip", "sweetpotato", {"kept_apart"}),
        ("potato_table", "pear", {"no_common_range", "ethylene"}),  # they meet in one point only
        ("apple", "pear", set()),
    ],
)
def test_who_may_share_a_room(a: str, b: str, refused: set[str]) -> None:
    assert {kind for kind, severity in kinds(a, b).items() if severity == "refuse"} == refused
    assert kinds(a, b) == kinds(b, a)


def test_smells_are_warned_of_and_not_refused() -> None:
    assert kinds("potato_table", "mushroom_oyster")["odour"] == "warn"
    assert kinds("garlic", "walnut_inshell") == {"odour": "warn"}
    assert kinds("apple", "pear") == {"ethylene": "warn"}
    assert "odour" not in kinds("mushroom_shiitake", "mushroom_oyster")


def test_the_sentence_names_both_and_what_each_wants() -> None:
    first = clashes(PRODUCE["potato_table"], PRODUCE["sweetpotato"])[0]
    assert first.sentence == "土豆要2.5到7度,红薯要11到15.5度,不能放同一个库"
    dry = clashes(PRODUCE["carrot"], PRODUCE["garlic"])[0]
    assert dry.sentence == "一干一湿:大蒜要湿度50到75,胡萝卜要湿度90到100,不能放同一个库"


def test_goods_never_clash_with_themselves() -> None:
    assert all(clashes(entry, entry) == [] for entry in PRODUCE.values())


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(2.5, 7.0, "2.5到7度"), (-0.3, 2.0, "零下0.3到2度"), (-5.0, -1.0, "零下5到零下1度")],
)
def test_below_zero_is_said_as_people_say_it(low: float, high: float, expected: str) -> None:
    assert degrees_range(low, high) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"temp_safe": [7, 2]},
        {"temp_safe": [2, 12]},
        {"ethylene_production": "lots"},
        {"smells": "roses"},
        {"confidence": "Z"},
        {"temp_hard": ["a", "b"]},
    ],
)
def test_an_entry_that_cannot_be_right_is_refused(wrong: dict[str, object]) -> None:
    facts = {name: getattr(PRODUCE["potato_table"], name) for name in PRODUCE["potato_table"].__slots__}
    assert produce_from(facts) == replace(PRODUCE["potato_table"])
    with pytest.raises(ValueError):
        produce_from({**facts, **wrong})
