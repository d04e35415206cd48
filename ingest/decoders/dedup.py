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
        last_checksum, last_at = context.memory.get(key) or (None, 0)
        now = context.received_at
        if last_checksum == checksum and 0 <= now - last_at < WITHIN_MS:
            context.is_copy = True
            return []
        context.memory.put(key, [checksum, now], lasting=False)
        return decode(topic, payload, context)

    return decode_once
