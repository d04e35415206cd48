"""Services in trouble become system issues and texts: once, to who can mend them, and cleared when over."""

import pytest

from alerts.service_watch import ServiceWatch
from alerts.technicians import technicians
from core.notifications.escalation import NotificationKind
from core.overview.service_progress import ServiceRestart
from core.overview.system_issue_texts import CLOCK_AHEAD
from core.people.people import NewPerson, Person, Role
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.notifications import notifications
from store.overview import system_issues
from store.overview.progress_files import ProgressFile
from store.people import people
from tests.alerts.village import T0, Village
from tests.support.services import follow, report

HUNG_S = 60.0


@pytest.fixture
def technician(village: Village) -> int:
    with village.dbs.records.write() as tx:
        new = NewPerson(name="小李", role=Role.TECHNICIAN, phone="13800000009")
        return people.add_person(tx, T0, new)


def texts(village: Village) -> list[tuple[int, str]]:
    with village.dbs.records.read() as tx:
        rows = notifications.notifications(tx)
    return [(row.person, row.text) for row in reversed(rows) if row.kind == NotificationKind.SERVICE]


def issues(village: Village) -> dict[str, str]:
    with village.dbs.records.read() as tx:
        return {issue.name: issue.text for issue in system_issues.open_issues(tx)}


def watch(village: Village) -> ServiceWatch:
    """One that has looked for long enough."""
    watch = ServiceWatch(village.dbs, "pretend", HUNG_S)
    watch._begun_at -= HUNG_S
    return watch


def look(village: Village, watch: ServiceWatch, now: int) -> None:
    """A look at a moment when everything else is done."""
    follow(village.dbs, now)
    with village.dbs.records.write() as tx:
        while (due := notifications.claim(tx, now, "pretend")) is not None:
            notifications.mark_sent(tx, now, due.id)
    watch.step(now)


def test_a_wrong_clock_is_told_once_by_day(village: Village, technician: int) -> None:
    service_watch = watch(village)
    with village.dbs.records.write() as tx:
        system_issues.note(tx, CLOCK_AHEAD, "1440 min", T0)
    look(village, service_watch, T0)
    assert texts(village) == [], "it is midnight, and the rooms are watched"
    for minutes in range(3):
        look(village, service_watch, T0 + 9 * HOUR_MS + minutes * MINUTE_MS)
    [(person, text)] = texts(village)
    assert person == technician
    assert "主机的钟比设备快" in text
    assert issues(village) == {CLOCK_AHEAD: "1440 min"}, "the listener clears it"


def test_a_service_that_hangs_is_noted_told_once_and_cleared(village: Village, technician: int) -> None:
    service_watch = watch(village)
    report(village.dbs.data_dir, "ingest", quiet_s=75)
    look(village, service_watch, T0)
    assert issues(village) == {}, "it may just come back"
    for minutes in range(1, 10):
        look(village, service_watch, T0 + minutes * MINUTE_MS)
    assert issues(village) == {"service.ingest": "hung"}
    ((person, text),) = texts(village)
    assert person == technician
    assert "库棚通的收数程序1分钟没干活,这时收不到数" in text
    report(village.dbs.data_dir, "ingest").close()
    (village.dbs.data_dir / "run" / "ingest.json").unlink()
    look(village, service_watch, T0 + 10 * MINUTE_MS)
    assert issues(village) == {}


def test_while_all_services_start_nobody_is_told(village: Village, technician: int) -> None:
    report(village.dbs.data_dir, "ingest", quiet_s=75)
    service_watch = ServiceWatch(village.dbs, "pretend", 60)
    for minutes in range(3):
        look(village, service_watch, T0 + minutes * MINUTE_MS)
    assert issues(village) == {}


def restarted(village: Village, *restarts: tuple[str, int]) -> None:
    supervisor = ProgressFile(village.dbs.data_dir, "up")
    for service, at in restarts:
        supervisor.add_restart(ServiceRestart(service, "hung", 75, at))


def test_a_restart_is_noted_for_a_day_and_told_by_day(village: Village, technician: int) -> None:
    night = next(at for at in range(T0, T0 + DAY_MS, HOUR_MS) if not _is_day(at))
    morning = next(at for at in range(night, night + DAY_MS, HOUR_MS) if _is_day(at))
    restarted(village, ("alerts", night))
    service_watch = watch(village)
    for _ in range(3):
        look(village, service_watch, night)
    assert issues(village) == {"restarted.alerts": "75"}
    assert texts(village) == []
    for _ in range(3):
        look(village, service_watch, morning)
    ((_, text),) = texts(village)
    assert "库棚通的报警程序卡住过1分钟,自动重启了1次" in text
    look(village, service_watch, night + DAY_MS + 1)
    assert issues(village) == {}


def test_restarts_that_do_not_help_are_told_at_night(village: Village, technician: int) -> None:
    night = next(at for at in range(T0, T0 + DAY_MS, HOUR_MS) if not _is_day(at))
    service_watch = watch(village)
    for number in range(3):
        restarted(village, ("record", night + number * MINUTE_MS))
        look(village, service_watch, night + number * MINUTE_MS)
    ((_, text),) = texts(village)
    assert "自动重启了3次" in text


def _is_day(at: int) -> bool:
    return 7 <= (at // HOUR_MS + 8) % 24 < 20


def test_who_can_mend_it_is_told() -> None:
    def person(ident: int, role: Role, phone: str | None = "1", active: bool = True) -> Person:
        return Person(ident, "", phone, "zh", role, None, None, None, active)

    keeper, manager = person(1, Role.KEEPER), person(2, Role.MANAGER)
    admin, technician = person(3, Role.ADMIN), person(4, Role.TECHNICIAN)
    mute, gone = person(5, Role.TECHNICIAN, None), person(6, Role.TECHNICIAN, active=False)
    assert technicians([keeper, manager, admin, technician, mute]) == [technician]
    assert technicians([keeper, manager, admin, mute, gone]) == [admin]
    assert technicians([keeper, manager]) == [manager]
    assert technicians([keeper]) == []


def test_a_full_disk_is_told_at_night_and_an_old_backup_by_day(village: Village, technician: int) -> None:
    service_watch = watch(village)
    with village.dbs.records.write() as tx:
        system_issues.note(tx, "box.disk_full", "2%, 0.9 GB", T0)
        system_issues.note(tx, "box.backup_old", "5", T0)
    look(village, service_watch, T0)
    assert texts(village) == [], "it may be over in a moment"
    for minutes in range(2, 6):
        look(village, service_watch, T0 + minutes * MINUTE_MS)
    ((person, text),) = texts(village)
    assert person == technician
    assert "磁盘快满了,只剩2%, 0.9 GB" in text
    with village.dbs.records.write() as tx:
        system_issues.clear(tx, "box.disk_full", T0 + HOUR_MS)
    look(village, service_watch, T0 + 9 * HOUR_MS)
    assert "备份是5天前的" in texts(village)[-1][1]
    assert len(texts(village)) == 2


def test_a_broker_that_is_away_for_a_moment_is_told_to_nobody(village: Village, technician: int) -> None:
    service_watch = watch(village)
    with village.dbs.records.write() as tx:
        system_issues.note(tx, "broker.unreachable", "no route", T0)
    look(village, service_watch, T0 + 2 * MINUTE_MS)
    assert texts(village) == []
    look(village, service_watch, T0 + 3 * MINUTE_MS)
    assert "和消息服务器的连接有毛病" in texts(village)[0][1]


def test_once_a_day_is_a_day_of_the_site_and_not_of_utc(village: Village, technician: int) -> None:
    service_watch = watch(village)
    with village.dbs.records.write() as tx:
        system_issues.note(tx, "box.disk_full", "2%, 0.9 GB", T0)
    for hour in (7, 9, 23):
        look(village, service_watch, T0 + hour * HOUR_MS)
    assert len(texts(village)) == 1, "at 08:00 in Fenyang a day begins in UTC"
    look(village, service_watch, T0 + 25 * HOUR_MS)
    assert len(texts(village)) == 2
