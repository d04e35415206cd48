"""The disk fills up while readings come, and is freed again."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Databases
from store.journal import journal
from store.schema import create
from tests.e2e.kills import SERVICES, Sent, Services, beating, clock, drained, messages, recount, until, wire
from tests.support.flood import flood
from tests.support.machines import Broker
from tests.support.small_disk import PIECE, fill, mounted

DISK = 160 << 20
COUNT = 12_000
PARTS = 30


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, so that nobody else's disk is filled."""
    with mounted(tmp_path / "disk", DISK) as folder:
        yield folder


@pytest.mark.timeout(300)
def test_a_full_disk_delays_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    data = small_disk / "data"
    data.mkdir()
    broker = Broker(tmp_path / "mosquitto").start()
    dbs = Databases(data)
    create(dbs)
    services = Services(data, broker.port, log=tmp_path / "services.log")
    everything = messages(COUNT, clock())
    published: list[int] = []
    halves = threading.Event()
    freed = threading.Event()
    publisher = threading.Thread(
        target=_publish, args=(broker.port, everything, published, halves, freed), daemon=True
    )
    filler = small_disk / "filler"
    try:
        for name in SERVICES:
            services.start(name)
        until(lambda: beating(dbs), "the listener's heartbeat")
        until(lambda: (data / "ballast").exists(), "the reserve")
        publisher.start()
        assert halves.wait(60)
        fill(filler)
        until(lambda: not (data / "ballast").exists(), "the reserve to be given up", 120)
        until(lambda: _is_full(small_disk, filler), "the disk to stay full", 60)
        before = _last_seq(dbs)
        time_when_full = time.monotonic()
        until(lambda: time.monotonic() - time_when_full > 12, "a while without room")
        assert os.statvfs(small_disk).f_bavail * 4096 < PIECE
        assert all(services.alive(name) for name in SERVICES)
        filler.unlink()
        freed.set()
        publisher.join(120)
        until(lambda: drained(dbs), "the journal to be drained", 120)
        counted = recount(dbs, [everything[index] for index in published])
        assert _last_seq(dbs) > before
    finally:
        freed.set()
        filler.unlink(missing_ok=True)
        services.stop()
        broker.stop()
        dbs.close()
    assert len(published) == COUNT
    assert counted.right(), counted
    assert counted.accepted_timed == COUNT * 3 // 4


def _is_full(disk: Path, filler: Path) -> bool:
    """Fills the disk; whether it still is full a moment later. A service may have been freeing room."""
    fill(filler)
    time.sleep(1)
    return os.statvfs(disk).f_bavail * 4096 < PIECE


def _publish(
    port: int, everything: list[Sent], published: list[int], halves: threading.Event, freed: threading.Event
) -> None:
    """A third before the disk is full, a third while it is, a third when it is free again."""
    size = COUNT // PARTS
    for part in range(PARTS):
        if part == PARTS // 3:
            halves.set()
        if part == 2 * PARTS // 3:
            freed.wait(200)
        begin = part * size
        chunk = everything[begin : begin + size]
        published.extend(begin + index for index in flood(port, map(wire, chunk)))
        time.sleep(0.3)


def _last_seq(dbs: Databases) -> int:
    with dbs.journal.read() as tx:
        return journal.last_seq(tx)
