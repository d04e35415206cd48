"""The body of a journal row: what one socket read brought, as compact JSON."""

from collections.abc import Sequence

import msgspec

from core.readings.readings import Reading


class Batch(msgspec.Struct, array_like=True):
    """`readings` as they go to the history; `timeless` is (packet id, checksum) of every message in it
    that got its time from its arrival, so that a redelivered one is known again."""

    readings: list[Reading]
    timeless: list[tuple[int, int]] = []


class Heartbeat(msgspec.Struct):
    """The listener's word every 5 s: whether it is connected to the broker, and up to which journal
    sequence the broker is known to have our acknowledgements."""

    connected: bool
    confirmed: int = 0


class JournalGap(msgspec.Struct):
    """What was thrown away before every follower had passed it, and why."""

    first: int
    last: int
    reason: str


_encode = msgspec.json.Encoder().encode
decode_batch = msgspec.json.Decoder(Batch).decode
decode_heartbeat = msgspec.json.Decoder(Heartbeat).decode
decode_gap = msgspec.json.Decoder(JournalGap).decode


def encode(body: Batch | Heartbeat | JournalGap) -> bytes:
    return _encode(body)


def batch_body(readings: Sequence[Reading], timeless: Sequence[tuple[int, int]]) -> bytes:
    return _encode((readings, timeless))
