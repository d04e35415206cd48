"""A broker may send a message once for each of our filters that it fits (Mosquitto does). The copies come one
behind the other; one counts."""

import zlib

from ingest.decoders.contract import Decode, DecodeContext, DecodedReport

WITHIN_MS = 1_000
_KEY = "copy:"


def skip_copies(decode: Decode) -> Decode:
    """For a topic that several filters fit. The same message again within a second is a copy: said by
    `context.copy`, so that its repetition after a lost connection is known too."""

    def decode_once(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        key, checksum = _KEY + topic, zlib.crc32(payload)
        before, now = context.memory.get(key), context.received_at
        if before is not None and before[0] == checksum and 0 <= now - before[1] < WITHIN_MS:
            context.copy = True
            return []
        context.memory.put(key, [checksum, now], lasting=False)
        return decode(topic, payload, context)

    return decode_once
