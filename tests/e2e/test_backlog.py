"""An outage of our services while devices go on: what waited at the broker comes in whole."""

from pathlib import Path

import pytest

from store.database import Databases
from store.schema import create
from tests.e2e.kills import Services, beating, clock, drained, messages, recount, until, wire
from tests.support.flood import flood
from tests.support.machines import Broker

WAITING = 200_000


@pytest.mark.timeout(300)
def test_two_hundred_thousand_waiting_messages_come_in_each_once(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "mosquitto").start()
    dbs = Databases(tmp_path)
    create(dbs)
    services = Services(tmp_path, broker.port)
    try:
        services.start("ingest")
        until(lambda: beating(dbs), "the listener's heartbeat")
        services.end("ingest")
        everything = messages(WAITING, clock())
        assert sum(1 for _ in flood(broker.port, map(wire, everything))) == WAITING
        for name in ("ingest", "record", "alerts"):
            services.start(name)
        until(lambda: drained(dbs), "the journal to be drained", 180)
        counted = recount(dbs, everything)
    finally:
        services.stop()
        broker.stop()
        dbs.close()
    assert counted.right(), counted
    assert counted.accepted_timed == WAITING * 3 // 4
    # of what waited without a time of its own only the last of each series has a meaning
    assert 0 < counted.timeless_kept <= counted.accepted_timeless
