"""What the check before opening says, and when."""

import pytest

from core.patrols import pre_opening_check
from core.patrols.pre_opening_check import Credit, Line, OnDuty, ProbeSeen, RoomSeen, Word
from core.readings.calibrations import Due
from core.readings.readings import DAY, HOUR, MINUTE
from i18n.language import translator

NOW = 1_768_360_786_000


def probe(spot: str = "door", **more: object) -> ProbeSeen:
    known = ProbeSeen(
        "3号库", spot, MINUTE, HOUR, False, 18.0, 90.0, False, None, Due.FINE, "2026-09-01", calibrated=True
    )
    return known._replace(**more)  # type: ignore[arg-type]


def room(*probes: ProbeSeen, at_rest: bool = True) -> list[RoomSeen]:
    return [RoomSeen("3号库", at_rest, probes)]


def told(found: list[Line]) -> list[tuple[str, Word]]:
    return [(line.code, line.word) for line in found]


def test_probes_must_be_heard_within_their_own_interval_and_be_believable() -> None:
    assert told(pre_opening_check.probes(room(probe(), probe("back")))) == [("probes_heard", Word.OK)]
    assert told(
        pre_opening_check.probes(
            [
                *room(probe(quiet=2 * HOUR), probe(quiet=None), probe(doubtful=True), probe()),
                RoomSeen("4号库", True, ()),
            ]
        )
    ) == [
        ("room_bare", Word.BAD),
        ("probe_silent", Word.BAD),
        ("probe_never", Word.BAD),
        ("probe_doubtful", Word.BAD),
    ]
    assert told(pre_opening_check.probes(room(probe(quiet=2 * HOUR, quiet_after=3 * HOUR)))) == [
        ("probes_heard", Word.OK)
    ]


@pytest.mark.parametrize(
    ("values", "at_rest", "word"),
    [
        ((18.0, 18.9), True, Word.OK),
        ((18.0, 19.5), True, Word.LOOK),
        ((18.0, 22.0), True, Word.BAD),
        ((2.0, 4.5), False, Word.OK),
        ((2.0, 6.0), False, Word.LOOK),
        ((18.0, None), True, Word.LOOK),
    ],
)
def test_probes_of_a_resting_room_must_agree(
    values: tuple[float | None, ...], at_rest: bool, word: Word
) -> None:
    found = pre_opening_check.spread(room(*(probe(value=value) for value in values), at_rest=at_rest))
    assert [line.word for line in found] == [word]


def test_batteries_are_changed_before_the_cold_empties_them() -> None:
    found = pre_opening_check.batteries(room(probe(battery=15.0), probe(battery=30.0), probe(battery=80.0)))
    assert told(found) == [("battery_low", Word.BAD), ("battery_half", Word.LOOK)]
    assert told(pre_opening_check.batteries(room(probe()))) == [("batteries_full", Word.OK)]
    assert told(pre_opening_check.batteries(room(probe(battery=None)))) == [("batteries_unknown", Word.LOOK)]


def test_clocks_of_devices_and_our_own() -> None:
    found = pre_opening_check.clocks(
        room(probe(off=8 * HOUR), probe(clock_wrong=True), probe()), own_behind=True
    )
    assert told(found) == [("own_clock", Word.BAD), ("clock_off", Word.LOOK), ("clock_wrong", Word.LOOK)]
    assert told(pre_opening_check.clocks(room(probe()), own_behind=False)) == [("clocks_right", Word.OK)]


def test_calibration_is_due_soon_over_or_was_never_done() -> None:
    never = (probe(calibrated=False), probe("back", calibrated=False))
    found = pre_opening_check.calibration(room(*never, probe(due=Due.OVER), probe(due=Due.SOON)))
    assert found[0].facts == {"room": "3号库", "spots": ["door", "back"]}
    assert told(found) == [
        ("never_calibrated", Word.LOOK),
        ("calibration_over", Word.BAD),
        ("calibration_soon", Word.LOOK),
    ]
    assert told(pre_opening_check.calibration(room(probe(due=Due.NEVER)))) == [("calibrated", Word.OK)]
    assert pre_opening_check.calibration([]) == []


@pytest.mark.parametrize(
    ("known", "away", "expected"),
    [
        (None, True, [("channel_away", Word.BAD)]),
        (None, False, [("credit_unknown", Word.LOOK)]),
        (Credit(), False, [("credit_unknown", Word.LOOK)]),
        (Credit(texts=900), False, [("credit_fine", Word.OK)]),
        (Credit(texts=199), False, [("credit_low", Word.LOOK)]),
        (Credit(texts=49, money=50.0), False, [("credit_low", Word.BAD), ("money_fine", Word.OK)]),
        (Credit(money=29.9), False, [("money_low", Word.LOOK)]),
        (Credit(money=9.9), False, [("money_low", Word.BAD)]),
    ],
)
def test_credit_is_what_the_channel_says_or_unknown(
    known: Credit | None, away: bool, expected: list[tuple[str, Word]]
) -> None:
    assert told(pre_opening_check.credit(known, away=away)) == expected


def test_phones_must_have_answered_of_late() -> None:
    people = [
        OnDuty("任", True, DAY, False),
        OnDuty("李", True, 31 * DAY, False),
        OnDuty("王", True, None, False),
        OnDuty("张", True, DAY, True),
        OnDuty("周", False, None, False),
    ]
    assert [(line.code, line.facts["name"]) for line in pre_opening_check.phones(people)] == [
        ("phone_quiet", "李"),
        ("phone_quiet", "王"),
        ("phone_failed", "张"),
        ("phone_none", "周"),
    ]
    assert told(pre_opening_check.phones(people[:1])) == [("phones_answer", Word.OK)]


def test_the_first_gap_of_a_roster() -> None:
    assert pre_opening_check.first_gap([], 0, 10) == 0
    assert pre_opening_check.first_gap([(0, 4), (3, 10)], 0, 10) is None
    assert pre_opening_check.first_gap([(6, 10), (0, 4)], 0, 10) == 4
    assert pre_opening_check.first_gap([(1, 10)], 0, 10) == 0
    assert told(pre_opening_check.roster([("a", NOW, "x"), ("b", NOW + DAY, "y"), ("c", None, "")], NOW)) == [
        ("roster_none", Word.BAD),
        ("roster_gap", Word.LOOK),
    ]
    assert told(pre_opening_check.roster([("c", None, "")], NOW)) == [("roster_full", Word.OK)]


def test_our_own_parts() -> None:
    assert told(pre_opening_check.broker(None)) == [("broker_fine", Word.OK)]
    assert told(pre_opening_check.broker("clock-behind")) == [("broker_fine", Word.OK)], (
        "said among the clocks"
    )
    assert told(pre_opening_check.broker("listener-silent")) == [("listener-silent", Word.BAD)]
    assert told(pre_opening_check.disk(50, 100)) == [("disk_fine", Word.OK)]
    assert [pre_opening_check.disk(free, 100)[0].word for free in (14, 4)] == [Word.LOOK, Word.BAD]
    assert pre_opening_check.disk(0, 0)[0].word == Word.BAD


def test_the_worst_word_counts() -> None:
    assert pre_opening_check.worst([]) == Word.OK
    assert (
        pre_opening_check.worst([Line("clocks_right", Word.OK), Line("clock_wrong", Word.LOOK)]) == Word.LOOK
    )


FACTS: dict[str, object] = {
    "n": 2,
    "room": "3号库",
    "spot": "door",
    "spots": ["door", "back"],
    "long_ms": 3 * HOUR,
    "percent": 15,
    "by": "1.5",
    "low": "18.0",
    "high": "19.5",
    "day": "2026-01-20",
    "texts": 40,
    "money": "9.90",
    "name": "任师傅",
    "site": "古池库区",
    "gb": "1.5",
}


@pytest.mark.parametrize("code", pre_opening_check.SAID)
def test_every_finding_can_be_said_in_both_languages(code: str) -> None:
    said = pre_opening_check.SAID[code]
    for lang in ("zh", "en"):
        text = pre_opening_check.sentence(said.found, FACTS, translator(lang))  # type: ignore[arg-type]
        assert text
        assert "%(" not in text
    assert said.topic in pre_opening_check.TOPICS


def test_a_length_of_time_is_said_in_its_largest_unit() -> None:
    chinese = translator("zh")
    assert [pre_opening_check.long(ms, chinese) for ms in (0, 5 * MINUTE, 3 * HOUR, 9 * DAY)] == [
        "1分钟",
        "5分钟",
        "3小时",
        "9天",
    ]
