"""`coldshed doctor`: checks every part of the installation and reports problems that a technician can fix.
It changes nothing."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from coldshed.addresses import broker_address, local_address
from coldshed.data import WATCHING, databases, history
from coldshed.health_check import page_fault
from coldshed.settings import Settings
from core.errors import SendError, SettingsError, StoreError
from core.overview import doctor, machine_health
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding, machine_finding
from core.overview.service_health import RECORDER_HOLDS_S, ServiceState
from core.overview.service_progress import ServiceTrouble
from core.overview.system_issue_texts import CLOCK_ISSUE, SERVICE_ISSUE, SYSTEM_ISSUE_TEXTS, source_text
from i18n.language import Lang, as_lang, translator
from store.backup.last_backup import last_backup
from store.clock import now_ms
from store.database import Databases
from store.devices.device_status import device_statuses
from store.journal import follower_lag
from store.overview import system_issues
from store.overview.health import health
from store.overview.service_states import read_service_states
from store.overview.system_issues import SystemIssue
from store.rooms.timezones import federation_timezone
from web.base.localizer import Localizer
from web.overview.service_state_text import service_facts
from web.overview.system_issue_view import issue_facts

Check = Callable[[], list[DoctorFinding]]


def checks(settings: Settings, *, thorough: bool = True) -> Iterator[tuple[str, Check]]:
    """(subject, check) in the order in which a technician would look. `thorough` also fills the broker's
    queue for a moment."""
    yield "磁盘", lambda: [_disk(settings)]
    yield "时钟、停电", lambda: _machine(settings)
    yield "消息服务器", lambda: _broker(settings, thorough)
    yield "数据库", lambda: _databases(settings)
    yield "备份", lambda: [_backup(settings)]
    yield "短信", lambda: [_channel(settings)]


def _disk(settings: Settings) -> DoctorFinding:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    try:
        disk = shutil.disk_usage(folder)
    except OSError as error:
        text = "数据文件夹%(dir)s看不了（%(why)s）"
        return DoctorFinding(
            "磁盘", CheckVerdict.BAD, text, {"dir": settings.data_dir, "why": error.strerror}
        )
    return machine_finding(machine_health.disk(disk.free, disk.total))


def _machine(settings: Settings) -> list[DoctorFinding]:
    from alerts import ups
    from ingest import ntp

    behind = ahead = 0
    try:
        with databases(settings, *WATCHING) as dbs, dbs.journal.read() as tx:
            listener = health(tx, now_ms())
            behind, ahead = listener.clock_behind, listener.clock_ahead
    except (SettingsError, StoreError):
        pass  # reported by the check of the databases
    return [
        machine_finding(
            machine_health.own_clock(behind, ahead=ahead, synchronized=ntp.is_synchronized() or None)
        ),
        doctor.backup(ups.reader(settings.ups)()),
    ]


def _broker(settings: Settings, thorough: bool) -> list[DoctorFinding]:
    from ingest.broker_probe import BrokerProbe

    probe = BrokerProbe(broker_address(settings))
    fault = probe.fault()
    if fault is not None:
        return [
            DoctorFinding("消息服务器", CheckVerdict.BAD, SYSTEM_ISSUE_TEXTS[fault.word], {"why": fault.text})
        ]
    address = broker_address(settings)
    where = {"host": address.host, "port": address.port}
    findings = [DoctorFinding("消息服务器", CheckVerdict.OK, "在%(host)s:%(port)s，认得我们", where)]
    days = probe.certificate_days_left(time.time())
    if days is not None:
        findings.append(doctor.certificate(days))
    if thorough:
        findings.append(doctor.queue(probe.queue(doctor.QUEUE_TRIED)))
    return findings


def _databases(settings: Settings) -> list[DoctorFinding]:
    try:
        with databases(settings, *WATCHING) as dbs:
            return [
                DoctorFinding("数据库", CheckVerdict.OK, "打得开，表是这个版本的"),
                *_inside(settings, dbs),
            ]
    except (SettingsError, StoreError) as error:
        return [DoctorFinding("数据库", CheckVerdict.BAD, "用不了：%(why)s", {"why": error})]


def _inside(settings: Settings, dbs: Databases) -> Iterator[DoctorFinding]:
    now = now_ms()
    with dbs.journal.read() as tx:
        listener = health(tx, now)
    yield machine_finding(machine_health.listener(listener.heartbeat_age, connected=listener.connected))
    with dbs.records.read() as tx:
        noted = system_issues.open_issues(tx)
    yield from _services(settings, dbs, now)
    devices = device_statuses(dbs, now)
    yield doctor.readings(listener.reading_age, len(devices), sum(device.quiet for device in devices))
    yield _history(settings, dbs, now)
    yield from _issues(settings, dbs, noted, now)


def _services(settings: Settings, dbs: Databases, now: int) -> Iterator[DoctorFinding]:
    """A line per service; the page is also asked."""
    words = Localizer(as_lang(settings.lang))
    for state in read_service_states(dbs, now, settings.hung_after_s):
        if state.service == "web" and state.trouble is None:
            state = _asked_page(settings, state)
        yield doctor.service(state, service_facts(state, words))


def _asked_page(settings: Settings, state: ServiceState) -> ServiceState:
    fault = page_fault(local_address(settings))
    return state if fault is None else state._replace(trouble=ServiceTrouble.FAILING, why=fault)


def _history(settings: Settings, dbs: Databases, now: int) -> DoctorFinding:
    """Asks the store itself, because the offset is our own note."""
    try:
        store = history(settings, dbs)
        store.check()
        offset = store.offset()
    except StoreError as error:
        text = "历史库用不了：%(why)s。数都先存着，好了自己补上"
        return DoctorFinding("历史", CheckVerdict.BAD, text, {"why": error})
    return _lag(
        dbs,
        "历史",
        offset,
        now,
        "落后%(minutes)s分钟。曲线会晚，数不会丢。看历史库和记数的程序开着没有：coldshed record",
    )


def _lag(dbs: Databases, subject: str, offset: int, now: int, text: str) -> DoctorFinding:
    with dbs.journal.read() as tx:
        oldest = follower_lag.oldest_after(tx, offset)
    age = 0 if oldest is None else now - oldest
    return doctor.behind(subject, age if age > RECORDER_HOLDS_S * 1000 else None, text)


def _backup(settings: Settings) -> DoctorFinding:
    last = last_backup(settings.data_dir)
    if last is None:
        return doctor.data_backup(None)
    if not Path(last.folder).exists():
        return DoctorFinding(
            "备份", CheckVerdict.LOOK, "备份不在了：%(dir)s。U盘插着没有？", {"dir": last.folder}
        )
    return doctor.data_backup(max(0, now_ms() - last.at), last.folder)


def _channel(settings: Settings) -> DoctorFinding:
    """Checks the channel by its remaining credit, because that sends nothing."""
    from coldshed.channels import chosen_channel

    try:
        credit = chosen_channel(settings).credit()
    except SendError as error:
        return doctor.channel_away(settings.sms_channel, str(error))
    return doctor.channel(
        settings.sms_channel, credit.texts if credit else None, credit.money if credit else None
    )


def _issues(
    settings: Settings, dbs: Databases, issues: list[SystemIssue], now: int
) -> Iterator[DoctorFinding]:
    words = Localizer(as_lang(settings.lang))
    with dbs.records.read() as tx:
        zone = federation_timezone(tx)
    for issue in issues:
        if not issue.name.startswith((CLOCK_ISSUE, SERVICE_ISSUE)):
            facts = issue_facts(issue, words, now, zone)
            yield DoctorFinding("毛病", CheckVerdict.LOOK, source_text(issue.name), facts)


def sentence(finding: DoctorFinding, lang: Lang) -> tuple[str, str]:
    """(subject, what is the matter and what to do) in `lang`."""
    translate = translator(lang)
    text = translate(finding.text) % dict(finding.facts)
    if finding.todo:
        todo = translate(finding.todo) % dict(finding.facts)
        text = translate("%(found)s。%(todo)s") % {"found": text[:1].upper() + text[1:], "todo": todo}
    return translate(finding.subject), text
