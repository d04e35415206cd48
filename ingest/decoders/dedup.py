"""Drops copies: a broker may send a message once for each of our filters that matches (Mosquitto does)."""

import zlib

from ingest.decoders.contract import Decode, DecodeContext, DecodedReport

WITHIN_MS = 1_000
_KEY = "copy:"


def skip_copies(decode: Decode) -> Decode:
    """A decoder for a topic that several filters match. It drops a message that equals the one before
    within a second, and sets `context.is_copy`, so that a redelivery of the copy is recognised too."""

    def decode_once(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        key, checksum = _KEY + topic, zlib.crc32(payload)
        before, now = context.memory.get(key), context.received_at
        if before is not None and before[0] == checksum and 0 <= now - before[1] < WITHIN_MS:
            context.is_copy = True
            return []
        context.memory.put(key, [checksum, now], lasting=False)
        return decode(topic, payload, context)

    return decode_once
