"""Only the holder of the lease writes, and it reads the journal again whenever another may have written."""

from zoneinfo import ZoneInfo

import pytest

from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Reading
from core.times import HOUR_MS
from ingest.decoders import Router
from ingest.leadership import Leadership
from ingest.lease import Lease
from ingest.stamper import PATIENCE_MS, Stamper
from store.database import Databases
from store.journal import journal, leases
from store.processes import this_process

NOW = 1_773_271_000_000
ELSEWHERE = "other-machine:1:1"
LONG_MS = HOUR_MS


class Clock:
    def __init__(self) -> None:
        self.wall = NOW
        self.elapsed = 0


class Lead:
    """A process that wants to lead, with its clock and what it has logged."""

    def __init__(self, dbs: Databases, holder: str | None = None) -> None:
        self.clock = Clock()
        self.logged: list[str] = []
        stamper = Stamper(lambda: self.clock.wall, lambda: self.clock.elapsed, lambda: False)
        lease = Lease(holder or this_process())
        self.leadership = Leadership(dbs, Router(), ZoneInfo("Asia/Shanghai"), lease, stamper, b"marker")

    def acquire(self) -> bool:
        return self.leadership.acquire(self.logged.append)


@pytest.fixture
def lead(dbs: Databases) -> Lead:
    return Lead(dbs)


def append(dbs: Databases, at: int = NOW) -> int:
    with dbs.journal.write() as tx:
        return int(journal.append(tx, at, journal.READINGS, batch_body([Reading(1, at, 4.0)], [])))


def take(dbs: Databases, holder: str, at: int = NOW) -> None:
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", holder, at)


def test_a_lease_of_another_machine_is_respected_until_it_ends(dbs: Databases, lead: Lead) -> None:
    take(dbs, ELSEWHERE)
    assert not lead.acquire()
    assert (lead.leadership.is_leading, lead.logged[-1].endswith(ELSEWHERE)) == (False, True)
    lead.clock.wall += LONG_MS
    lead.clock.elapsed += LONG_MS
    assert lead.acquire()
    assert lead.leadership.is_leading


def test_a_leader_keeps_what_it_knows_while_nobody_else_has_led(lead: Lead) -> None:
    assert lead.acquire()
    pipeline = lead.leadership.pipeline
    assert lead.acquire()
    assert lead.leadership.pipeline is pipeline


def test_after_another_leader_and_after_an_uncertain_commit_the_journal_is_read_again(
    dbs: Databases, lead: Lead
) -> None:
    lead.acquire()
    first = lead.leadership.pipeline
    lead.leadership.is_certain = False
    lead.acquire()
    second = lead.leadership.pipeline
    assert second is not first
    assert lead.leadership.is_certain
    lead.clock.wall += LONG_MS
    lead.clock.elapsed += LONG_MS
    take(dbs, ELSEWHERE, lead.clock.wall)
    lead.clock.wall += LONG_MS
    lead.clock.elapsed += LONG_MS
    assert lead.acquire()
    assert lead.leadership.pipeline is not second


def test_a_new_leader_continues_after_the_last_row_and_the_last_confirmation(
    dbs: Databases, lead: Lead
) -> None:
    rows = [append(dbs) for _ in range(3)]
    with dbs.journal.write() as tx:
        last = journal.append(tx, NOW, journal.HEARTBEAT, encode(Heartbeat(True, confirmed=rows[1])))
    lead.acquire()
    assert lead.leadership.delivery.confirmed == rows[1]
    with dbs.journal.read() as tx:
        assert journal.last_seq(tx) == last


def test_a_clock_behind_the_journal_waits_and_not_for_ever(dbs: Databases, lead: Lead) -> None:
    append(dbs, NOW + HOUR_MS)
    assert not lead.acquire()
    assert "clock is behind" in lead.logged[-1]
    with dbs.journal.read() as tx:
        assert leases.holder_of(tx, "listener") is None, "a process that waits does not keep others out"
    lead.clock.elapsed += PATIENCE_MS
    assert lead.acquire()
    assert lead.leadership.stamper.now() >= NOW + HOUR_MS, "times never go back"


def test_a_leader_whose_clock_is_set_back_goes_on(dbs: Databases, lead: Lead) -> None:
    assert lead.acquire()
    append(dbs, NOW)
    lead.clock.wall -= HOUR_MS
    assert lead.acquire()
    assert lead.logged == []
