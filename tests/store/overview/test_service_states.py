"""What waits for a service, read from what is kept; and the services' reports beside it."""

import pytest

from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.overview.service_health import WaitingWork, troubled
from core.people.people import NewPerson, Role
from core.readings.journal_codec import Heartbeat, encode
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.journal import journal
from store.notifications import notifications
from store.overview.service_states import read_service_states, waiting_work
from store.people import people
from tests.support.services import follow, report

NOW = 1_768_360_786_000
HUNG_S = 60.0


def beat(dbs: Databases, at: int) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, at, journal.HEARTBEAT, encode(Heartbeat(True)))


def waiting(dbs: Databases, at: int = NOW) -> WaitingWork:
    return waiting_work(dbs, at, HUNG_S)


def test_nothing_waits_in_an_empty_house(dbs: Databases) -> None:
    assert waiting(dbs) == WaitingWork()


def test_the_oldest_row_that_nobody_followed_waits(dbs: Databases) -> None:
    beat(dbs, NOW - 90_000)
    follow(dbs, NOW - 90_000)
    assert waiting(dbs) == WaitingWork()
    for ago in (80_000, 75_000, 1_000):
        beat(dbs, NOW - ago)
    assert waiting(dbs) == WaitingWork(unjudged=80, unrecorded=80)


def test_a_recorder_that_moves_on_is_not_behind(dbs: Databases) -> None:
    beat(dbs, NOW - HOUR_MS)
    follow(dbs, NOW - 30_000)  # it works off what waited
    beat(dbs, NOW - HOUR_MS + 1)
    assert waiting(dbs).unrecorded is None
    assert waiting(dbs).unjudged == pytest.approx(3600)


def test_a_clock_that_was_set_back_makes_no_negative_age(dbs: Databases) -> None:
    beat(dbs, NOW)
    assert waiting(dbs, NOW - HOUR_MS).unjudged == 0


def test_a_damaged_history_is_left_to_the_recorders_report(dbs: Databases) -> None:
    beat(dbs, NOW - HOUR_MS)
    dbs.history.close()
    for name in ("history.db", "history.db-wal", "history.db-shm"):
        (dbs.data_dir / name).write_bytes(b"no database" * 100)
    assert waiting(dbs).unrecorded is None


@pytest.fixture
def person(dbs: Databases) -> int:
    with dbs.records.write() as tx:
        return people.add_person(tx, 0, NewPerson(name="任师傅", role=Role.KEEPER, phone="13800000001"))


def queue(dbs: Databases, person: int, key: str, at: int) -> int:
    with dbs.records.write() as tx:
        message = NewMessage(person, NotificationKind.TRIAL, "试响", key)
        ident = notifications.queue(tx, at, "pretend", message)
    assert ident is not None
    return ident


def test_a_text_that_is_due_waits_and_one_that_is_tried_later_does_not(dbs: Databases, person: int) -> None:
    first = queue(dbs, person, "a", NOW - 90_000)
    assert waiting(dbs).unsent == 90
    with dbs.records.write() as tx:
        notifications.claim(tx, NOW - 80_000, "pretend")
        notifications.mark_failed(tx, NOW - 80_000, first, "no signal", NOW + 60_000)
    assert waiting(dbs).unsent is None
    assert waiting(dbs, NOW + 130_000).unsent == 70
    with dbs.records.write() as tx:
        notifications.mark_sent(tx, NOW, first)
    assert waiting(dbs).unsent is None


def test_a_text_of_long_ago_that_no_channel_takes_is_not_told_for_ever(dbs: Databases, person: int) -> None:
    queue(dbs, person, "a", NOW - DAY_MS - 1)
    assert waiting(dbs).unsent is None


def test_report_and_work_come_together(dbs: Databases) -> None:
    beat(dbs, NOW - 90_000)
    report(dbs.data_dir, "ingest", quiet_s=75)
    states = troubled(read_service_states(dbs, NOW, HUNG_S))
    assert [(state.service, str(state.trouble)) for state in states] == [
        ("alerts", "behind"),
        ("ingest", "hung"),
        ("record", "behind"),
    ]
