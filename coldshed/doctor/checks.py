"""`coldshed doctor`: checks every part of the installation and reports problems that a technician can fix.
It changes nothing: databases are only read, and the file that it writes to try a folder is gone at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

from coldshed.data import history, read_only_databases
from coldshed.doctor.broker import check_broker
from coldshed.doctor.files import check_databases
from coldshed.doctor.folders import check_folders
from coldshed.doctor.inspection import Check, Inspection
from coldshed.doctor.services import check_reports, check_services
from coldshed.settings import Settings
from core.errors import SendError, StoreError
from core.notifications.issue_texts import issue_text_of
from core.overview import box_health, doctor, machine_health
from core.overview import doctor_texts as texts
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding, machine_finding
from core.overview.service_health import RECORDER_HOLDS_S
from core.overview.system_issue_texts import CLOCK_ISSUE, SERVICE_ISSUE, kind_of, source_text
from core.wording.known_facts import fill_known
from i18n.language import Lang, translator
from store.backup.last_backup import last_backup
from store.clock import now_ms
from store.devices.device_status import device_statuses
from store.journal import follower_lag
from store.overview import system_issues
from store.overview.box_figures import box_figures
from store.overview.health import health
from store.overview.system_issues import SystemIssue
from store.rooms.timezones import federation_timezone
from web.overview.system_issue_view import issue_facts

Look = Callable[[], list[DoctorFinding]]


def checks(settings: Settings, *, thorough: bool = True) -> Iterator[tuple[str, Look]]:
    """(subject, check) in the order in which a technician would look. Run each before the next one: what is
    asked depends on what is found. A check never raises. `thorough` also fills the broker's queue for a
    moment, and looks longer through the databases. Raises SettingsError if a driver is missing."""
    dbs = read_only_databases(settings)
    inspection = Inspection(settings, dbs, now_ms(), thorough)
    usable: frozenset[str] = frozenset()

    def look_at_databases(inspection: Inspection) -> list[DoctorFinding]:
        nonlocal usable
        checked = check_databases(inspection)
        usable = checked.usable if checked.may_be_asked else frozenset()
        return checked.findings

    first: list[tuple[str, Check]] = [
        (texts.FOLDER, check_folders),
        (texts.FOLDER, look_at_databases),
        (texts.MAINS, _power),
        (texts.BROKER, check_broker),
    ]
    last: list[tuple[str, Check]] = [(texts.DATA_BACKUP, _backup), (texts.SMS, _channel)]
    try:
        for subject, check in first:
            yield subject, _guarded(subject, check, inspection)
        for subject, check in (*_database_checks(usable), *last):
            yield subject, _guarded(subject, check, inspection)
    finally:
        dbs.close()


def _database_checks(usable: frozenset[str]) -> Iterator[tuple[str, Check]]:
    if not usable:
        yield texts.SERVICES, check_reports
        return
    yield texts.SERVICES, _listener
    yield texts.SERVICES, check_services
    yield texts.DEVICES, _devices
    if "history" in usable:
        yield texts.HISTORY, _history
    yield texts.ISSUES, _box
    yield texts.ISSUES, _issues


def _guarded(subject: str, check: Check, inspection: Inspection) -> Look:
    """A check that fails is a finding: the others go on."""

    def look() -> list[DoctorFinding]:
        try:
            return check(inspection)
        except Exception as error:  # noqa: BLE001 - the top of each check; the error is printed as a finding
            why = str(error) or type(error).__name__
            return [DoctorFinding(subject, CheckVerdict.BAD, texts.CHECK_FAILED, {"why": why})]

    return look


def _power(inspection: Inspection) -> list[DoctorFinding]:
    from alerts import ups

    name = inspection.settings.ups
    return [doctor.mains_battery(ups.reader(name)(), name)]


def _listener(inspection: Inspection) -> list[DoctorFinding]:
    from ingest import ntp

    with inspection.dbs.journal.read() as tx:
        listener = health(tx, inspection.now)
    return [
        machine_finding(
            machine_health.own_clock(
                listener.clock_behind,
                ahead=listener.clock_ahead,
                synchronized=ntp.is_synchronized() or None,
            )
        ),
        machine_finding(machine_health.listener(listener.heartbeat_age, connected=listener.connected)),
    ]


def _devices(inspection: Inspection) -> list[DoctorFinding]:
    devices = device_statuses(inspection.dbs, inspection.now)
    with inspection.dbs.journal.read() as tx:
        reading_age = health(tx, inspection.now).reading_age
    return [doctor.readings(reading_age, len(devices), sum(device.quiet for device in devices))]


def _history(inspection: Inspection) -> list[DoctorFinding]:
    """Asks the store itself, because the offset is our own note."""
    dbs = inspection.dbs
    try:
        store = history(inspection.settings, dbs)
        store.check()
        offset = store.offset()
    except StoreError as error:
        return [DoctorFinding(texts.HISTORY, CheckVerdict.BAD, texts.HISTORY_AWAY, {"why": error})]
    with dbs.journal.read() as tx:
        oldest = follower_lag.oldest_after(tx, offset)
    age = 0 if oldest is None else inspection.now - oldest
    late = age if age > RECORDER_HOLDS_S * 1000 else None
    return [doctor.behind(texts.HISTORY, late, texts.HISTORY_BEHIND)]


def _box(inspection: Inspection) -> list[DoctorFinding]:
    """Memory, and the devices of all and of each login; the disk and the backups have their own checks."""
    figures = box_figures(inspection.dbs)
    return [
        DoctorFinding(texts.ISSUES, _verdict(name), source_text(name), {"why": why})
        for name, why in box_health.box_troubles(figures, inspection.now)
        if kind_of(name) in (box_health.MEMORY, box_health.DEVICES, box_health.LOGIN)
    ]


def _issues(inspection: Inspection) -> list[DoctorFinding]:
    """What the services have noted, except what the doctor looks at itself."""
    with inspection.dbs.records.read() as tx:
        zone = federation_timezone(tx)
        issues = system_issues.open_issues(tx)
    own = (CLOCK_ISSUE, SERVICE_ISSUE, box_health.ISSUE)
    return [_issue(issue, inspection, zone) for issue in issues if not issue.name.startswith(own)]


def _issue(issue: SystemIssue, inspection: Inspection, zone: str) -> DoctorFinding:
    facts = issue_facts(issue, inspection.words, inspection.now, zone)
    return DoctorFinding(texts.ISSUES, _verdict(issue.name), source_text(issue.name), facts)


def _verdict(issue: str) -> CheckVerdict:
    """Bad is what technicians are woken for."""
    text = issue_text_of(issue)
    return CheckVerdict.BAD if text is not None and text.urgent else CheckVerdict.LOOK


def _backup(inspection: Inspection) -> list[DoctorFinding]:
    last = last_backup(inspection.settings.data_dir)
    if last is None:
        return [doctor.data_backup(None, inspection.now)]
    if not Path(last.folder).exists():
        return [doctor.data_backup_gone(last.folder)]
    return [doctor.data_backup(last.at, inspection.now, last.folder)]


def _channel(inspection: Inspection) -> list[DoctorFinding]:
    """Checks the channel by its remaining credit, because that sends nothing."""
    from coldshed.channels import chosen_channel

    name = inspection.settings.sms_channel
    try:
        credit = chosen_channel(inspection.settings, creates=False).credit()
    except SendError as error:
        return [doctor.channel_away(name, str(error))]
    return [doctor.channel(name, credit.texts if credit else None, credit.money if credit else None)]


def sentence(finding: DoctorFinding, lang: Lang) -> tuple[str, str]:
    """(subject, what is the matter and what to do) in `lang`. Facts may be missing."""
    translate = translator(lang)
    text = fill_known(finding.text, finding.facts, translate)
    if finding.todo:
        todo = fill_known(finding.todo, finding.facts, translate)
        headline = text[:1].upper() + text[1:]
        text = fill_known(texts.FOUND_AND_TODO, {"found": headline, "todo": todo}, translate)
    return translate(finding.subject), text
