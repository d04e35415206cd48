"""What the listener subscribes to, and who decodes it."""

from collections.abc import Callable
from typing import Protocol

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import Decode

Find = Callable[[str], tuple[str, Decode] | None]
"""Topic -> (family, its decode), or nothing where no family knows the topic."""


class TopicCache(Protocol):
    """What to listen to, and who reads it (`ingest.decoders.Router`)."""

    @property
    def version(self) -> int:
        """Grows whenever the rest changes."""

    def filters(self) -> list[str]: ...

    def find(self, topic: str) -> tuple[str, Decode] | None: ...

    def heard(self, family: str, memory: FamilyMemory) -> None: ...
