"""Only one listener at a time."""

from store.database import Databases
from store.journal import leases
from store.processes import is_dead, this_process

NOW = 1_800_000_000_000


def test_a_lease_has_one_holder_until_it_ends(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        assert leases.take(tx, "listener", "a", NOW) == "a"
        assert leases.take(tx, "listener", "b", NOW + 14_999) == "a"
        assert leases.take(tx, "listener", "a", NOW + 14_999) == "a"
        assert leases.take(tx, "listener", "b", NOW + 29_998) == "a"
        assert leases.take(tx, "listener", "b", NOW + 29_999) == "b"


def test_a_lease_given_back_is_free_at_once(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", "a", NOW)
        leases.give_back(tx, "listener", "b")
        assert leases.take(tx, "listener", "b", NOW) == "a"
        leases.give_back(tx, "listener", "a")
        assert leases.take(tx, "listener", "b", NOW) == "b"


def test_a_lease_from_a_clock_far_ahead_holds_nobody_up(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", "a", NOW + 10**9)
        assert leases.take(tx, "listener", "b", NOW) == "b"


def test_a_holder_of_this_machine_that_is_gone_is_known_to_be(dbs: Databases) -> None:
    machine, pid, started = this_process().rsplit(":", 2)
    assert not is_dead(this_process())
    assert is_dead(f"{machine}:{pid}:{int(started) - 1}")
    assert not is_dead(f"another-machine:{pid}:{int(started) - 1}")
