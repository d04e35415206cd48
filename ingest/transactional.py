"""Memory beside the database that must not outlive a transaction which failed."""

from typing import Protocol


class Transactional(Protocol):
    """What a batch teaches counts at once for the messages behind it, and for good once it is committed."""

    def on_committed(self) -> None:
        """The transaction is in the database."""

    def on_rolled_back(self) -> None:
        """Forgets what the last transaction taught, unless it was committed. Called before the next one
        begins, since a commit that fails tells nobody."""
