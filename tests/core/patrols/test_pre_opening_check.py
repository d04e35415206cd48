"""What the check before opening says, and when."""

import pytest

from core.overview import machine_health
from core.overview.check_results import CheckResult, CheckVerdict
from core.patrols import pre_opening_check
from core.patrols.pre_opening_check import CheckedProbe, CheckedRoom, DutyCover, SmsCredit
from core.readings.calibrations import CalibrationDue
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

NOW = 1_768_360_786_000


def probe(spot: str = "door", **more: object) -> CheckedProbe:
    well = CheckedProbe(
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
    return well._replace(**more)  # type: ignore[arg-type]


def room(*probes: CheckedProbe, at_rest: bool = True) -> list[CheckedRoom]:
    return [CheckedRoom("3号库", at_rest, probes)]


def verdicts(results: list[CheckResult]) -> list[tuple[str, CheckVerdict]]:
    return [(result.code, result.verdict) for result in results]


def test_probes_must_be_heard_within_their_own_interval_and_be_believable() -> None:
    assert verdicts(pre_opening_check.probes(room(probe(), probe("back")))) == [
        ("probes_heard", CheckVerdict.OK)
    ]
    assert verdicts(
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
    assert verdicts(pre_opening_check.probes(room(probe(quiet=2 * HOUR_MS, quiet_after=3 * HOUR_MS)))) == [
        ("probes_heard", CheckVerdict.OK)
    ]


@pytest.mark.parametrize(
    ("values", "at_rest", "verdict"),
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
    values: tuple[float | None, ...], at_rest: bool, verdict: CheckVerdict
) -> None:
    results = pre_opening_check.spread(room(*(probe(value=value) for value in values), at_rest=at_rest))
    assert [result.verdict for result in results] == [verdict]


def test_batteries_are_changed_before_the_cold_empties_them() -> None:
    results = pre_opening_check.batteries(room(probe(battery=15.0), probe(battery=30.0), probe(battery=80.0)))
    assert verdicts(results) == [("battery_low", CheckVerdict.BAD), ("battery_half", CheckVerdict.LOOK)]
    assert verdicts(pre_opening_check.batteries(room(probe()))) == [("batteries_full", CheckVerdict.OK)]
    assert verdicts(pre_opening_check.batteries(room(probe(battery=None)))) == [
        ("batteries_unknown", CheckVerdict.LOOK)
    ]


def test_clocks_of_devices_and_our_own() -> None:
    results = pre_opening_check.clocks(
        room(probe(off=8 * HOUR_MS), probe(clock_wrong=True), probe()),
        own_clock=machine_health.own_clock(2 * MINUTE_MS),
    )
    assert verdicts(results) == [
        ("own_clock", CheckVerdict.BAD),
        ("clock_off", CheckVerdict.LOOK),
        ("clock_wrong", CheckVerdict.LOOK),
    ]
    assert verdicts(pre_opening_check.clocks(room(probe()), own_clock=machine_health.own_clock(0))) == [
        ("clocks_right", CheckVerdict.OK)
    ]


def test_calibration_is_due_soon_over_or_was_never_done() -> None:
    never = (probe(calibrated=False), probe("back", calibrated=False))
    results = pre_opening_check.calibration(
        room(*never, probe(due=CalibrationDue.OVER), probe(due=CalibrationDue.SOON))
    )
    assert results[0].facts == {"room": "3号库", "spots": ["door", "back"]}
    assert verdicts(results) == [
        ("never_calibrated", CheckVerdict.LOOK),
        ("calibration_over", CheckVerdict.BAD),
        ("calibration_soon", CheckVerdict.LOOK),
    ]
    assert verdicts(pre_opening_check.calibration(room(probe(due=CalibrationDue.NEVER)))) == [
        ("calibrated", CheckVerdict.OK)
    ]
    assert pre_opening_check.calibration([]) == []


@pytest.mark.parametrize(
    ("left", "away", "expected"),
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
    left: SmsCredit | None, away: bool, expected: list[tuple[str, CheckVerdict]]
) -> None:
    assert verdicts(pre_opening_check.credit(left, away=away)) == expected


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
    assert verdicts(pre_opening_check.phones(people[:1])) == [("phones_answer", CheckVerdict.OK)]


def test_the_first_gap_of_a_roster() -> None:
    assert pre_opening_check.first_gap([], 0, 10) == 0
    assert pre_opening_check.first_gap([(0, 4), (3, 10)], 0, 10) is None
    assert pre_opening_check.first_gap([(6, 10), (0, 4)], 0, 10) == 4
    assert pre_opening_check.first_gap([(1, 10)], 0, 10) == 0
    assert verdicts(
        pre_opening_check.roster([("a", NOW, "x"), ("b", NOW + DAY_MS, "y"), ("c", None, "")], NOW)
    ) == [
        ("roster_none", CheckVerdict.BAD),
        ("roster_gap", CheckVerdict.LOOK),
    ]
    assert verdicts(pre_opening_check.roster([("c", None, "")], NOW)) == [("roster_full", CheckVerdict.OK)]
