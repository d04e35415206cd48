"""The right to be the one listener of a journal: a lease row, held by this process."""

from dataclasses import dataclass

from sqlalchemy import Connection

from ingest.lease_holder import is_dead
from store.journal import leases

LISTENER = "listener"


@dataclass(frozen=True)
class Lease:
    """`holder` is this process as `ingest.lease_holder.this_process` names it. Times are ms UTC."""

    holder: str
    name: str = LISTENER

    def last_holder(self, tx: Connection) -> str | None:
        """Who took it last, even if the lease has ended."""
        return leases.holder_of(tx, self.name)

    def is_ours(self, tx: Connection) -> bool:
        """Whether nobody else has taken it since. Ask in the transaction that depends on it."""
        return leases.holder_of(tx, self.name) == self.holder

    def take(self, tx: Connection, now: int) -> str:
        """Takes it if it is free, ended, ours, or of a dead process of this machine. Returns the holder."""
        last = self.last_holder(tx)
        if last is not None and last != self.holder and is_dead(last):
            leases.give_back(tx, self.name, last)
        return leases.take(tx, self.name, self.holder, now)

    def renew(self, tx: Connection, now: int) -> bool:
        """False: somebody else has taken it."""
        return self.is_ours(tx) and leases.take(tx, self.name, self.holder, now) == self.holder

    def give_back(self, tx: Connection) -> None:
        leases.give_back(tx, self.name, self.holder)
