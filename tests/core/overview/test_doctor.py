"""What the doctor says of figures, in both languages and with what to do."""

import pytest

from core.overview import doctor
from core.overview.battery_runtime import PowerSupply
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding
from core.overview.doctor_texts import HISTORY_BEHIND
from core.overview.service_health import ServiceState
from core.overview.service_progress import ServiceTrouble
from core.times import DAY_MS, MINUTE_MS
from i18n.language import translator

SERVICES = [
    ServiceState("alerts", None, 2.0),
    ServiceState("record", None, 0.0, is_known=False),
    ServiceState("record", None, 900.0, "connection refused", waits_for_outside=True),
    ServiceState("alerts", ServiceTrouble.BEHIND, 90.0, unsent=True),
    *(ServiceState("ingest", trouble, 75.0, "disk full") for trouble in ServiceTrouble),
]
FACTS = {"service": "Alerts", "effect": "nobody is told", "long": "1 min", "seconds": 75, "why": "disk full"}
EVERY = [
    *(doctor.behind("历史", age, HISTORY_BEHIND) for age in (None, 5 * MINUTE_MS, 40 * MINUTE_MS)),
    *(doctor.service(state, FACTS) for state in SERVICES),
    doctor.readings(None, 0, 0),
    doctor.readings(90 * MINUTE_MS, 3, 3),
    doctor.readings(5_000, 3, 1),
    doctor.readings(5_000, 3, 0),
    *(doctor.queue(kept) for kept in (None, 100, doctor.QUEUE_TRIED)),
    *(doctor.mains_battery(supply) for supply in (
        None, PowerSupply(False, 100), PowerSupply(False, 100, 10), PowerSupply(False, 100, 120),
        PowerSupply(True, 60, 40), PowerSupply(True, 60), PowerSupply(True, 60, 3),
    )),
    *(doctor.certificate(days) for days in (-3, 10, 200)),
    *(doctor.channel("pretend", *left) for left in ((7, None), (None, 3.5), (None, None))),
    doctor.data_backup(2 * DAY_MS, DAY_MS, "/stick"),
    doctor.channel_away("pretend", "HTTP 500"),
    doctor.mains_battery(None, "ups@localhost"),
]  # fmt: skip


@pytest.mark.parametrize("finding", EVERY, ids=lambda finding: f"{finding.subject}-{finding.verdict}")
def test_every_finding_can_be_said_in_both_languages(finding: DoctorFinding) -> None:
    for lang in ("zh", "en"):
        subject, text = translator(lang)(finding.subject), translator(lang)(finding.text)
        if lang == "en":
            assert subject != finding.subject
            assert text != finding.text
        assert "%(" not in text % dict(finding.facts)
        assert "None" not in text % dict(finding.facts)


def test_what_is_bad_goes_before_what_wants_a_look() -> None:
    good, look, bad = (
        DoctorFinding("", verdict, "") for verdict in (CheckVerdict.OK, CheckVerdict.LOOK, CheckVerdict.BAD)
    )
    assert doctor.worst([good, look, bad]) == CheckVerdict.BAD
    assert doctor.worst([good, look]) == CheckVerdict.LOOK
    assert doctor.worst([]) == CheckVerdict.OK


def test_a_history_that_is_forty_minutes_behind_says_so() -> None:
    lag = doctor.behind("历史", 40 * MINUTE_MS, HISTORY_BEHIND)
    assert lag.verdict == CheckVerdict.BAD
    assert (lag.text % dict(lag.facts)).startswith("落后40分钟。")


def test_an_empty_battery_is_worse_than_a_full_one() -> None:
    assert doctor.mains_battery(PowerSupply(True, 60, 3)).verdict == CheckVerdict.BAD
    assert doctor.mains_battery(PowerSupply(True, 60, 40)).verdict == CheckVerdict.LOOK
    assert doctor.mains_battery(PowerSupply(False, 100, 120)).verdict == CheckVerdict.OK


def test_a_service_in_trouble_is_bad_and_one_that_waits_for_another_program_wants_a_look() -> None:
    verdicts = [doctor.service(state, FACTS).verdict for state in SERVICES]
    assert [str(verdict) for verdict in verdicts] == ["ok", "look", "look", "bad", "bad", "bad", "bad", "bad"]


def test_a_backup_is_good_for_three_days() -> None:
    now = 30 * DAY_MS
    findings = [doctor.data_backup(at, now) for at in (None, now - 3 * DAY_MS, now - 3 * DAY_MS - 1)]
    assert [finding.verdict for finding in findings] == [CheckVerdict.LOOK, CheckVerdict.OK, CheckVerdict.BAD]


def test_a_backup_that_says_to_be_of_the_future_is_not_called_fresh() -> None:
    assert doctor.data_backup(2 * DAY_MS, DAY_MS).verdict == CheckVerdict.LOOK
