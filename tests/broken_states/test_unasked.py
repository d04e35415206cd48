"""What the doctor names is also noticed by somebody whom nobody asks: the supervisor, the page, a text."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from alerts.last_word import LastWordSender
from alerts.service_watch import ServiceWatch
from alerts.ups import UpsReader
from coldshed.answers import ANSWER_S
from coldshed.hang_watch import AnswerWatch, HangWatch
from coldshed.health_check import faulty_services
from coldshed.settings import Settings
from coldshed.up import ASK_S, LOOK_S
from core.errors import StoreError
from core.overview.service_progress import PartProgress, ServiceProgress, ServiceRestart
from core.overview.system_issue_texts import RESTARTED
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.recorder import Recorder
from store.clock import now_ms
from store.database import Databases
from store.history.choose import open_history
from store.journal import journal, series
from store.notifications import notifications
from store.overview.progress_files import EVERY_S, ProgressFile
from tests.alerts.village import Village, make
from tests.broken_states import running
from tests.broken_states.observed import add_technician, page_lines
from tests.broken_states.state import BrokenState, Notice, says
from tests.broken_states.table import sentence_of
from tests.coldshed.test_hang_watch import Service
from tests.support.databases import new_databases

SILENT_FROM_S = 1000.0


def notice_of(state: BrokenState, who: str) -> Notice:
    return next(notice for notice in state.notices if notice.who == who)


@pytest.fixture
def village(tmp_path: Path) -> Village:
    village = make(new_databases(tmp_path))
    add_technician(village.dbs)
    return village


def told_by_day(dbs: Databases, watch: ServiceWatch) -> list[str]:
    """At noon of the next day in Fenyang."""
    watch.step((now_ms() + 8 * HOUR_MS) // DAY_MS * DAY_MS + DAY_MS + 4 * HOUR_MS)
    with dbs.records.read() as tx:
        return [row.text for row in notifications.notifications(tx)]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("web", running.PAGE_FROZEN),
        ("broker", running.BROKER_FROZEN),
        ("alerts", running.FROZEN["alerts"]),
        ("record", running.FROZEN["record"]),
        ("ingest", running.FROZEN["ingest"]),
    ],
)
def test_what_freezes_is_ended_in_time(name: str, state: BrokenState) -> None:
    """The last answer and the last report come as late as they can before it freezes."""
    answers = AnswerWatch({"web": bool, "broker": bool}, ASK_S)
    answers.answered_at = dict.fromkeys(("web", "broker"), SILENT_FROM_S)
    loop = PartProgress(SILENT_FROM_S, SILENT_FROM_S)
    reports: Mapping[str, ServiceProgress] = {
        name: ServiceProgress("box/boot:7:1", "", 0, False, {"loop": loop}, True)
    }
    watch = HangWatch(lambda: reports, answers)
    now = SILENT_FROM_S - EVERY_S
    while not watch.stalls([Service(name)], now):
        now += LOOK_S
    within_s = notice_of(state, "restart").within_s
    assert now - SILENT_FROM_S <= within_s - (2 * ANSWER_S if name in ("web", "broker") else 0)


@pytest.mark.parametrize("service", ["web", "broker", "alerts", "record", "ingest"])
def test_a_restart_is_on_the_page_and_told_by_day(service: str, village: Village) -> None:
    at = (now_ms() + 8 * HOUR_MS) // DAY_MS * DAY_MS + DAY_MS + 4 * HOUR_MS
    supervisor = ProgressFile(village.dbs.data_dir, "up")
    supervisor.add_restart(ServiceRestart(service, "hung", 75, at - MINUTE_MS))
    texts = told_by_day(village.dbs, ServiceWatch(village.dbs, "pretend"))
    assert any(says(running.RESTARTED_TEXT, text) for text in texts), texts
    shown = page_lines(village.dbs, at)
    assert any(says(RESTARTED, line) for line in shown), shown


def is_on_page(state: BrokenState, dbs: Databases) -> bool:
    return any(says(notice_of(state, "page").text, line) for line in page_lines(dbs, now_ms()))


def check_text(state: BrokenState, dbs: Databases) -> None:
    texts = told_by_day(dbs, ServiceWatch(dbs, "pretend"))
    assert any(says(sentence_of(notice_of(state, "text")), text) for text in texts), texts


def test_an_outside_history_that_is_away_is_on_the_page_in_time(village: Village) -> None:
    dbs, stop = village.dbs, threading.Event()
    recorder = Recorder(dbs, open_history(dbs, "influxdb://127.0.0.1:1/c", "t"))
    with dbs.journal.write() as tx:
        number = series.get_or_make(tx, "a", "temperature", "", now_ms())
        journal.append(tx, now_ms(), journal.READINGS, batch_body([Reading(number, now_ms(), 4.0)], []))
    thread = threading.Thread(target=recorder.run, args=(stop,), kwargs={"outside": True}, daemon=True)
    thread.start()
    deadline = time.monotonic() + notice_of(running.HISTORY_AWAY, "page").within_s
    while time.monotonic() < deadline and not is_on_page(running.HISTORY_AWAY, dbs):
        time.sleep(0.1)
    stop.set()
    thread.join(30)
    assert is_on_page(running.HISTORY_AWAY, dbs)
    check_text(running.HISTORY_AWAY, dbs)


def test_a_ups_that_does_not_answer_is_on_the_page(village: Village) -> None:
    LastWordSender(village.dbs, "pretend", UpsReader("nobody@127.0.0.1")).step(now_ms())
    assert is_on_page(running.UPS_AWAY, village.dbs)
    check_text(running.UPS_AWAY, village.dbs)


def test_a_container_check_fails_without_postgresql(village: Village) -> None:
    """The text is tried in tests/alerts/test_direct_notice.py."""
    settings = Settings(
        data_dir=village.dbs.data_dir, database_url="postgresql://c:d@127.0.0.1:1/c", history_url="sqlite"
    )
    with pytest.raises(StoreError) as error:
        faulty_services(settings, ["alerts"])
    assert says(notice_of(running.POSTGRESQL_AWAY, "healthy").text, str(error.value))
