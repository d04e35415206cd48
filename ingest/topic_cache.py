"""The interface between listener and router: what to subscribe to, and what decodes a topic."""

from collections.abc import Callable
from typing import Protocol

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import Decode

Find = Callable[[str], tuple[str, Decode] | None]
"""Topic -> (family, its decode). None if no family reads the topic."""


class TopicCache(Protocol):
    """What to subscribe to, and what decodes it (`ingest.decoders.Router`)."""

    @property
    def version(self) -> int:
        """Grows whenever the filters or decoders change."""

    def filters(self) -> list[str]: ...

    def find(self, topic: str) -> tuple[str, Decode] | None: ...

    def on_memory_changed(self, family: str, memory: FamilyMemory) -> None: ...
