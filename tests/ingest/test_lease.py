"""Who may be the one listener."""

from ingest.lease import Lease
from store.database import Databases
from store.journal import leases
from store.processes import this_process

NOW = 1_800_000_000_000


def test_a_lease_that_somebody_else_took_is_not_renewed(dbs: Databases) -> None:
    lease, theirs = Lease("box:1:1"), Lease("other:1:1")
    with dbs.journal.write() as tx:
        assert lease.acquire(tx, NOW) == lease.holder
        assert lease.renew(tx, NOW + 10_000)
        assert theirs.acquire(tx, NOW + 20_000) == lease.holder
        assert theirs.acquire(tx, NOW + 40_000) == theirs.holder
        assert not lease.is_ours(tx)
        assert not lease.renew(tx, NOW + 40_001)


def test_the_lease_of_a_dead_process_of_this_machine_is_free(dbs: Databases) -> None:
    machine, pid, started = this_process().rsplit(":", 2)
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", f"{machine}:{pid}:{int(started) - 1}", NOW)
        assert Lease(this_process()).acquire(tx, NOW + 1) == this_process()
