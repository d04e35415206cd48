"""Findings of `coldshed doctor` for the technician, one per check.

Pure functions: from figures to a verdict and a sentence of core.overview.doctor_texts. Times and ages are
ms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.overview import doctor_texts as texts
from core.overview.battery_runtime import LAST_MINUTES, PowerSupply
from core.overview.box_health import BACKUP_OLD_MS, is_of_the_future
from core.overview.check_results import CheckResult, CheckVerdict, worst_verdict
from core.overview.machine_texts import MACHINE_TEXTS
from core.overview.service_health import ServiceState
from core.overview.service_texts import NOT_SEEN, SERVICE_NAMES, WORKS, trouble_text
from core.times import DAY_MS, MINUTE_MS


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """`subject`, `text` and `todo` are Chinese source sentences; `facts` fill the placeholders of the last
    two."""

    subject: str
    verdict: CheckVerdict
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)
    todo: str = ""


BEHIND_LOOK, BEHIND_BAD = 2 * MINUTE_MS, 10 * MINUTE_MS
CERTIFICATE_LOOK_DAYS = 30
BATTERY_ENOUGH_MINUTES = 30
QUEUE_TRIED = 1_200
QUEUE_WANTED = 200_000


def machine_finding(result: CheckResult) -> DoctorFinding:
    """A result of core.overview.machine_health, with the technician's action."""
    words = MACHINE_TEXTS[result.code]
    return DoctorFinding(words.topic, result.verdict, words.finding, result.facts, words.technician_todo)


def behind(subject: str, age: int | None, text: str) -> DoctorFinding:
    """`age`: of the oldest journal row that a follower has not processed; None if it is at the end. `text`
    says how far it is behind (`%(minutes)s`) and what to do."""
    if age is None or age < BEHIND_LOOK:
        return DoctorFinding(subject, CheckVerdict.OK, texts.JOURNAL_FOLLOWED)
    verdict = CheckVerdict.BAD if age >= BEHIND_BAD else CheckVerdict.LOOK
    return DoctorFinding(subject, verdict, text, {"minutes": age // MINUTE_MS})


def service(state: ServiceState, facts: Mapping[str, object]) -> DoctorFinding:
    """`facts` fill the sentences of core.overview.service_texts."""
    subject = SERVICE_NAMES[state.service]
    if state.trouble is not None:
        return DoctorFinding(subject, CheckVerdict.BAD, trouble_text(state), facts)
    if state.waits_for_outside:
        return DoctorFinding(subject, CheckVerdict.LOOK, trouble_text(state), facts)
    if not state.is_known:
        return DoctorFinding(subject, CheckVerdict.LOOK, NOT_SEEN, facts)
    return DoctorFinding(subject, CheckVerdict.OK, WORKS, facts)


def database(
    name: str, text: str, verdict: CheckVerdict = CheckVerdict.BAD, **facts: object
) -> DoctorFinding:
    """A finding about one of the three databases."""
    return DoctorFinding(texts.FILES[name], verdict, text, facts)


def readings(age: int | None, devices: int, quiet: int) -> DoctorFinding:
    """`age`: of the latest reading; `quiet`: number of silent devices."""
    if devices == 0:
        return DoctorFinding(texts.DEVICES, CheckVerdict.LOOK, texts.NO_DEVICES)
    facts = {"n": devices, "quiet": quiet, "minutes": (age or 0) // MINUTE_MS}
    if quiet == devices:
        return DoctorFinding(texts.DEVICES, CheckVerdict.BAD, texts.ALL_DEVICES_SILENT, facts)
    if quiet:
        return DoctorFinding(texts.DEVICES, CheckVerdict.LOOK, texts.SOME_DEVICES_SILENT, facts)
    return DoctorFinding(texts.DEVICES, CheckVerdict.OK, texts.DEVICES_FINE, facts)


def queue(kept: int | None) -> DoctorFinding:
    """`kept`: how many of `QUEUE_TRIED` messages the broker held for an absent client; None if not tested."""
    if kept is None:
        return DoctorFinding(texts.QUEUE, CheckVerdict.LOOK, texts.QUEUE_UNTRIED)
    if kept >= QUEUE_TRIED:
        return DoctorFinding(texts.QUEUE, CheckVerdict.OK, texts.QUEUE_FINE, {"kept": kept})
    facts = {"tried": QUEUE_TRIED, "kept": kept, "wanted": QUEUE_WANTED}
    return DoctorFinding(texts.QUEUE, CheckVerdict.BAD, texts.QUEUE_SHORT, facts)


def mains_battery(supply: PowerSupply | None, ups: str | None = None) -> DoctorFinding:
    """How long the box runs without mains power. `ups`: the UPS that is set, if any."""
    if supply is None and ups:
        return DoctorFinding(texts.MAINS, CheckVerdict.BAD, texts.UPS_AWAY, {"name": ups})
    if supply is None:
        return DoctorFinding(texts.MAINS, CheckVerdict.LOOK, texts.NO_BATTERY)
    minutes = None if supply.minutes is None else round(supply.minutes)
    percent = None if supply.percent is None else round(supply.percent)
    facts = {"minutes": minutes, "percent": percent}
    if supply.on_battery:
        near = supply.low or (minutes is not None and minutes <= LAST_MINUTES)
        text = texts.ON_BATTERY_PERCENT if minutes is None else texts.ON_BATTERY_MINUTES
        return DoctorFinding(texts.MAINS, CheckVerdict.BAD if near else CheckVerdict.LOOK, text, facts)
    if minutes is None:
        return DoctorFinding(texts.MAINS, CheckVerdict.OK, texts.BATTERY_MINUTES_UNKNOWN, facts)
    if minutes < BATTERY_ENOUGH_MINUTES:
        return DoctorFinding(texts.MAINS, CheckVerdict.LOOK, texts.BATTERY_SHORT, facts)
    return DoctorFinding(texts.MAINS, CheckVerdict.OK, texts.BATTERY_FINE, facts)


def data_backup(backup_at: int | None, now: int, folder: str = "") -> DoctorFinding:
    """`backup_at`: the last backup of the data, None without any; `folder`: where it is."""
    if backup_at is None:
        return DoctorFinding(texts.DATA_BACKUP, CheckVerdict.LOOK, texts.NO_DATA_BACKUP)
    if is_of_the_future(backup_at, now):
        text = texts.DATA_BACKUP_OF_THE_FUTURE
        return DoctorFinding(texts.DATA_BACKUP, CheckVerdict.LOOK, text, {"dir": folder})
    age = now - backup_at
    facts = {"days": age // DAY_MS, "dir": folder}
    if age > BACKUP_OLD_MS:
        return DoctorFinding(texts.DATA_BACKUP, CheckVerdict.BAD, texts.DATA_BACKUP_OLD, facts)
    return DoctorFinding(texts.DATA_BACKUP, CheckVerdict.OK, texts.DATA_BACKUP_FINE, facts)


def data_backup_gone(folder: str) -> DoctorFinding:
    return DoctorFinding(texts.DATA_BACKUP, CheckVerdict.LOOK, texts.DATA_BACKUP_GONE, {"dir": folder})


def certificate(days: int) -> DoctorFinding:
    """`days` until the broker's certificate expires."""
    if days < 0:
        return DoctorFinding(texts.CERTIFICATE, CheckVerdict.BAD, texts.CERTIFICATE_EXPIRED, {"days": -days})
    facts = {"days": days}
    if days < CERTIFICATE_LOOK_DAYS:
        return DoctorFinding(texts.CERTIFICATE, CheckVerdict.LOOK, texts.CERTIFICATE_ENDS_SOON, facts)
    return DoctorFinding(texts.CERTIFICATE, CheckVerdict.OK, texts.CERTIFICATE_FINE, facts)


def channel(name: str, left_texts: int | None, money: float | None) -> DoctorFinding:
    """A reachable channel and its remaining credit: texts, yuan, or unknown."""
    facts = {"name": name, "n": left_texts, "money": None if money is None else f"{money:.2f}"}
    if left_texts is not None:
        return DoctorFinding(texts.SMS, CheckVerdict.OK, texts.CHANNEL_TEXTS_LEFT, facts)
    if money is not None:
        return DoctorFinding(texts.SMS, CheckVerdict.OK, texts.CHANNEL_MONEY_LEFT, facts)
    return DoctorFinding(texts.SMS, CheckVerdict.OK, texts.CHANNEL_CREDIT_UNKNOWN, facts)


def channel_away(name: str, why: str) -> DoctorFinding:
    """An unreachable channel."""
    return DoctorFinding(texts.SMS, CheckVerdict.BAD, texts.CHANNEL_AWAY, {"name": name, "why": why})


def worst(findings: Iterable[DoctorFinding]) -> CheckVerdict:
    return worst_verdict(finding.verdict for finding in findings)
