"""What the doctor says of figures, in both languages and with what to do."""

import pytest

from core import checkup
from core.checkup import Finding, Level
from core.power import Supply
from core.readings import MINUTE
from store.language import translator

HISTORY = "曲线会晚，数不会丢。看历史库和记数的程序开着没有：coldshed record"
ALERTS = "看报警的程序开着没有：coldshed alerts"
EVERY = [
    *(checkup.disk(used, 10**9) for used in (0.5, 0.9, 0.97)),
    *(checkup.behind("历史", age, HISTORY) for age in (None, 5 * MINUTE, 40 * MINUTE)),
    *(checkup.behind("报警", age, ALERTS) for age in (MINUTE, 5 * MINUTE)),
    checkup.heartbeat(None, False, MINUTE),
    checkup.heartbeat(2 * MINUTE, True, MINUTE),
    checkup.heartbeat(5_000, False, MINUTE),
    checkup.heartbeat(5_000, True, MINUTE),
    checkup.readings(None, 0, 0),
    checkup.readings(90 * MINUTE, 3, 3),
    checkup.readings(5_000, 3, 1),
    checkup.readings(5_000, 3, 0),
    *(checkup.queue(kept) for kept in (None, 100, checkup.QUEUE_TRIED)),
    checkup.clock(True, 0),
    checkup.clock(None, 0),
    checkup.clock(False, 0),
    checkup.clock(True, 8 * 60 * MINUTE),
    *(checkup.backup(supply) for supply in (
        None, Supply(False, 100), Supply(False, 100, 10), Supply(False, 100, 120), Supply(True, 60, 40),
        Supply(True, 60), Supply(True, 60, 3),
    )),
    *(checkup.certificate(days) for days in (-3, 10, 200)),
]  # fmt: skip


@pytest.mark.parametrize("finding", EVERY, ids=lambda finding: f"{finding.about}-{finding.level}")
def test_every_finding_can_be_said_in_both_languages(finding: Finding) -> None:
    for lang in ("zh", "en"):
        about, text = translator(lang)(finding.about), translator(lang)(finding.text)
        if lang == "en":
            assert about != finding.about
            assert text != finding.text
        assert "%(" not in text % dict(finding.facts)
        assert "None" not in text % dict(finding.facts)


def test_what_is_bad_goes_before_what_wants_a_look() -> None:
    good, look, bad = (Finding("", level, "") for level in (Level.GOOD, Level.LOOK, Level.BAD))
    assert checkup.worst([good, look, bad]) == Level.BAD
    assert checkup.worst([good, look]) == Level.LOOK
    assert checkup.worst([]) == Level.GOOD


def test_a_history_that_is_forty_minutes_behind_says_so() -> None:
    found = checkup.behind("历史", 40 * MINUTE, "")
    assert found.level == Level.BAD
    assert found.text % dict(found.facts) == "落后40分钟。"


def test_an_empty_battery_is_worse_than_a_full_one() -> None:
    assert checkup.backup(Supply(True, 60, 3)).level == Level.BAD
    assert checkup.backup(Supply(True, 60, 40)).level == Level.LOOK
    assert checkup.backup(Supply(False, 100, 120)).level == Level.GOOD
