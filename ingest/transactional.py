"""Memory beside the database that must not outlive a failed transaction."""

from typing import Protocol


class Transactional(Protocol):
    """What a batch changes counts at once for the messages behind it, and for good once it is committed."""

    def on_committed(self) -> None:
        """Keeps the changes: the transaction is in the database."""

    def on_rolled_back(self) -> None:
        """Forgets the changes of the last transaction unless it was committed. Called before the next one
        begins, since a commit that fails notifies nobody."""
