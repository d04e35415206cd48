"""The lease row that makes this process the one listener of a journal."""

from dataclasses import dataclass

from sqlalchemy import Connection

from store.journal import leases
from store.processes import is_dead

LISTENER = "listener"


@dataclass(frozen=True)
class Lease:
    """`holder` is this process, named by `store.processes.this_process`. Times are ms UTC."""

    holder: str
    name: str = LISTENER

    def last_holder(self, tx: Connection) -> str | None:
        """The process that acquired it last, even if the lease has expired."""
        return leases.holder_of(tx, self.name)

    def is_ours(self, tx: Connection) -> bool:
        """Whether no other process has acquired it since. Call in the transaction that depends on it."""
        return leases.holder_of(tx, self.name) == self.holder

    def acquire(self, tx: Connection, now: int) -> str:
        """Acquires the lease if it is free, expired, ours, or held by a dead process of this machine.
        Returns the holder."""
        last = self.last_holder(tx)
        if last is not None and last != self.holder and is_dead(last):
            leases.give_back(tx, self.name, last)
        return leases.take(tx, self.name, self.holder, now)

    def renew(self, tx: Connection, now: int) -> bool:
        """Renews the lease. Returns False if another process has acquired it."""
        return self.is_ours(tx) and leases.take(tx, self.name, self.holder, now) == self.holder

    def release(self, tx: Connection) -> None:
        leases.give_back(tx, self.name, self.holder)
