"""The body of a journal row as compact JSON."""

from collections.abc import Sequence

import msgspec

from core.readings.readings import Reading


class Batch(msgspec.Struct, array_like=True):
    """The readings of one socket read. `timeless`: (packet id, checksum) of every message that was dated
    by its arrival, so that its redelivery is recognized."""

    readings: list[Reading]
    timeless: list[tuple[int, int]] = []


class Heartbeat(msgspec.Struct):
    """Written every 5 s by the listener. `connected`: whether it is connected to the broker. `confirmed`:
    the last journal sequence whose acknowledgements the broker has certainly received. `clock_lead`: how far
    (ms) the machine's clock is ahead of the devices' (negative: behind), 0 if it is right or unknown."""

    connected: bool
    confirmed: int = 0
    clock_lead: int = 0


class JournalGap(msgspec.Struct):
    """Journal rows `first` to `last` were trimmed before every follower had read them, for `reason`."""

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
