"""What a credential may publish and read: MQTT topic filters, and the templates of a device family."""

from collections.abc import Iterable
from typing import NamedTuple

from core.decoding.topic_filters import matches

READ, WRITE, BOTH = "read", "write", "readwrite"


class TopicRight(NamedTuple):
    access: str
    topic: str


class CredentialForm(NamedTuple):
    """The rights that a family's devices need; `{at}` stands for the device's own part of the topic."""

    rights: tuple[TopicRight, ...]
    gateway: bool = False
    """It publishes for many devices."""
    default: str = ""
    """The default own part of the topic; empty means the login name."""


def read_write(*topics: str) -> tuple[TopicRight, ...]:
    return tuple(TopicRight(BOTH, topic) for topic in topics)


def write_only(*topics: str) -> tuple[TopicRight, ...]:
    return tuple(TopicRight(WRITE, topic) for topic in topics)


def read_only(*topics: str) -> tuple[TopicRight, ...]:
    return tuple(TopicRight(READ, topic) for topic in topics)


def allows(rights: Iterable[TopicRight], access: str, topic: str) -> bool:
    """Whether one of the rights allows `access` (`read` or `write`) to the topic."""
    return any(right.access in (access, BOTH) and matches(right.topic, topic) for right in rights)
