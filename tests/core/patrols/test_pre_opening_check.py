"""What the check before opening says, and when."""

import pytest

from core.patrols import pre_opening_check
from core.patrols.pre_opening_check import (
    CheckedProbe,
    CheckedRoom,
    CheckResult,
    CheckVerdict,
    DutyCover,
    SmsCredit,
)
from core.readings.calibrations import CalibrationDue
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS
from i18n.language import translator

NOW = 1_768_360_786_000


def probe(spot: str = "door", **more: object) -> CheckedProbe:
    known = CheckedProbe(
        "3号库",
        spot,
        MINUTE_MS,
        HOUR_MS,
        False,
        18.0,
        90.0,
        False,
        None,
        CalibrationDue.FINE,
        "2026-09-01",
        calibrated=True,
    )
    return known._replace(**more)  # type: ignore[arg-type]


def room(*probes: CheckedProbe, at_rest: bool = True) -> list[CheckedRoom]:
    return [CheckedRoom("3号库", at_rest, probes)]


def told(found: list[CheckResult]) -> list[tuple[str, CheckVerdict]]:
    return [(line.code, line.word) for line in found]


def test_probes_must_be_heard_within_their_own_interval_and_be_believable() -> None:
    assert told(pre_opening_check.probes(room(probe(), probe("back")))) == [("probes_heard", CheckVerdict.OK)]
    assert told(
        pre_opening_check.probes(
            [
                *room(probe(quiet=2 * HOUR_MS), probe(quiet=None), probe(doubtful=True), probe()),
                CheckedRoom("4号库", True, ()),
            ]
        )
    ) == [
        ("room_bare", CheckVerdict.BAD),
        ("probe_silent", CheckVerdict.BAD),
        ("probe_never", CheckVerdict.BAD),
        ("probe_doubtful", CheckVerdict.BAD),
    ]
    assert told(pre_opening_check.probes(room(probe(quiet=2 * HOUR_MS, quiet_after=3 * HOUR_MS)))) == [
        ("probes_heard", CheckVerdict.OK)
    ]


@pytest.mark.parametrize(
    ("values", "at_rest", "word"),
    [
        ((18.0, 18.9), True, CheckVerdict.OK),
        ((18.0, 19.5), True, CheckVerdict.LOOK),
        ((18.0, 22.0), True, CheckVerdict.BAD),
        ((2.0, 4.5), False, CheckVerdict.OK),
        ((2.0, 6.0), False, CheckVerdict.LOOK),
        ((18.0, None), True, CheckVerdict.LOOK),
    ],
)
def test_probes_of_a_resting_room_must_agree(
    values: tuple[float | None, ...], at_rest: bool, word: CheckVerdict
) -> None:
    found = pre_opening_check.spread(room(*(probe(value=value) for value in values), at_rest=at_rest))
    assert [line.word for line in found] == [word]


def test_batteries_are_changed_before_the_cold_empties_them() -> None:
    found = pre_opening_check.batteries(room(probe(battery=15.0), probe(battery=30.0), probe(battery=80.0)))
    assert told(found) == [("battery_low", CheckVerdict.BAD), ("battery_half", CheckVerdict.LOOK)]
    assert told(pre_opening_check.batteries(room(probe()))) == [("batteries_full", CheckVerdict.OK)]
    assert told(pre_opening_check.batteries(room(probe(battery=None)))) == [
        ("batteries_unknown", CheckVerdict.LOOK)
    ]


def test_clocks_of_devices_and_our_own() -> None:
    found = pre_opening_check.clocks(
        room(probe(off=8 * HOUR_MS), probe(clock_wrong=True), probe()), own_behind=True
    )
    assert told(found) == [
        ("own_clock", CheckVerdict.BAD),
        ("clock_off", CheckVerdict.LOOK),
        ("clock_wrong", CheckVerdict.LOOK),
    ]
    assert told(pre_opening_check.clocks(room(probe()), own_behind=False)) == [
        ("clocks_right", CheckVerdict.OK)
    ]


def test_calibration_is_due_soon_over_or_was_never_done() -> None:
    never = (probe(calibrated=False), probe("back", calibrated=False))
    found = pre_opening_check.calibration(
        room(*never, probe(due=CalibrationDue.OVER), probe(due=CalibrationDue.SOON))
    )
    assert found[0].facts == {"room": "3号库", "spots": ["door", "back"]}
    assert told(found) == [
        ("never_calibrated", CheckVerdict.LOOK),
        ("calibration_over", CheckVerdict.BAD),
        ("calibration_soon", CheckVerdict.LOOK),
    ]
    assert told(pre_opening_check.calibration(room(probe(due=CalibrationDue.NEVER)))) == [
        ("calibrated", CheckVerdict.OK)
    ]
    assert pre_opening_check.calibration([]) == []


@pytest.mark.parametrize(
    ("known", "away", "expected"),
    [
        (None, True, [("channel_away", CheckVerdict.BAD)]),
        (None, False, [("credit_unknown", CheckVerdict.LOOK)]),
        (SmsCredit(), False, [("credit_unknown", CheckVerdict.LOOK)]),
        (SmsCredit(texts=900), False, [("credit_fine", CheckVerdict.OK)]),
        (SmsCredit(texts=199), False, [("credit_low", CheckVerdict.LOOK)]),
        (
            SmsCredit(texts=49, money=50.0),
            False,
            [("credit_low", CheckVerdict.BAD), ("money_fine", CheckVerdict.OK)],
        ),
        (SmsCredit(money=29.9), False, [("money_low", CheckVerdict.LOOK)]),
        (SmsCredit(money=9.9), False, [("money_low", CheckVerdict.BAD)]),
    ],
)
def test_credit_is_what_the_channel_says_or_unknown(
    known: SmsCredit | None, away: bool, expected: list[tuple[str, CheckVerdict]]
) -> None:
    assert told(pre_opening_check.credit(known, away=away)) == expected


def test_phones_must_have_answered_of_late() -> None:
    people = [
        DutyCover("任", True, DAY_MS, False),
        DutyCover("李", True, 31 * DAY_MS, False),
        DutyCover("王", True, None, False),
        DutyCover("张", True, DAY_MS, True),
        DutyCover("周", False, None, False),
    ]
    assert [(line.code, line.facts["name"]) for line in pre_opening_check.phones(people)] == [
        ("phone_quiet", "李"),
        ("phone_quiet", "王"),
        ("phone_failed", "张"),
        ("phone_none", "周"),
    ]
    assert told(pre_opening_check.phones(people[:1])) == [("phones_answer", CheckVerdict.OK)]


def test_the_first_gap_of_a_roster() -> None:
    assert pre_opening_check.first_gap([], 0, 10) == 0
    assert pre_opening_check.first_gap([(0, 4), (3, 10)], 0, 10) is None
    assert pre_opening_check.first_gap([(6, 10), (0, 4)], 0, 10) == 4
    assert pre_opening_check.first_gap([(1, 10)], 0, 10) == 0
    assert told(
        pre_opening_check.roster([("a", NOW, "x"), ("b", NOW + DAY_MS, "y"), ("c", None, "")], NOW)
    ) == [
        ("roster_none", CheckVerdict.BAD),
        ("roster_gap", CheckVerdict.LOOK),
    ]
    assert told(pre_opening_check.roster([("c", None, "")], NOW)) == [("roster_full", CheckVerdict.OK)]


def test_our_own_parts() -> None:
    assert told(pre_opening_check.broker(None)) == [("broker_fine", CheckVerdict.OK)]
    assert told(pre_opening_check.broker("clock-behind")) == [("broker_fine", CheckVerdict.OK)], (
        "said among the clocks"
    )
    assert told(pre_opening_check.broker("listener-silent")) == [("listener-silent", CheckVerdict.BAD)]
    assert told(pre_opening_check.disk(50, 100)) == [("disk_fine", CheckVerdict.OK)]
    assert [pre_opening_check.disk(free, 100)[0].word for free in (14, 4)] == [
        CheckVerdict.LOOK,
        CheckVerdict.BAD,
    ]
    assert pre_opening_check.disk(0, 0)[0].word == CheckVerdict.BAD


def test_the_worst_word_counts() -> None:
    assert pre_opening_check.worst([]) == CheckVerdict.OK
    assert (
        pre_opening_check.worst(
            [CheckResult("clocks_right", CheckVerdict.OK), CheckResult("clock_wrong", CheckVerdict.LOOK)]
        )
        == CheckVerdict.LOOK
    )


FACTS: dict[str, object] = {
    "n": 2,
    "room": "3号库",
    "spot": "door",
    "spots": ["door", "back"],
    "long_ms": 3 * HOUR_MS,
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
    assert [pre_opening_check.long(ms, chinese) for ms in (0, 5 * MINUTE_MS, 3 * HOUR_MS, 9 * DAY_MS)] == [
        "1分钟",
        "5分钟",
        "3小时",
        "9天",
    ]
