"""In-memory state that must not outlive a failed transaction."""

from typing import Protocol


class Transactional(Protocol):
    """Changes of a batch are visible at once to later messages, and permanent once it is committed."""

    def on_committed(self) -> None:
        """Keeps the changes: the transaction is in the database."""

    def on_rolled_back(self) -> None:
        """Forgets the changes of the last transaction unless it was committed. Called before the next one
        begins, because a failed commit notifies nobody."""
