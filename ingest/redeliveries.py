"""Recognises messages that the broker delivers a second time.

QoS 1 repeats messages that were unacknowledged when the connection broke. A reading with its own time
overwrites itself. A message with its arrival time must be recognised, or it becomes a second reading.
"""

import zlib

from sqlalchemy import Connection

from core.readings.journal_codec import decode_batch
from core.readings.readings import Reading
from store.journal import journal

REMEMBERED_ROWS = 2_000
"""Journal rows that are searched for earlier deliveries."""


def checksum(topic: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(topic))


class Redeliveries:
    def __init__(self) -> None:
        self._confirmed = 0
        self._by_packet: dict[int, tuple[int, int]] = {}
        self._stored: dict[tuple[int, int], Reading] | None = None

    def remember(self, seq: int, timeless: list[tuple[int, int]]) -> None:
        """Remembers (packet id, checksum) of the messages in journal row `seq` that have their arrival
        time."""
        for packet_id, digest in timeless:
            self._by_packet[packet_id] = (digest, seq)

    def on_confirmed(self, seq: int) -> None:
        """Forgets the messages of rows up to `seq`: the broker has their acknowledgements and does not
        repeat them."""
        self._confirmed, self._stored = seq, None
        self._by_packet = {packet_id: entry for packet_id, entry in self._by_packet.items() if entry[1] > seq}

    def is_repeated(self, packet_id: int, digest: int) -> bool:
        """Whether a message with the DUP flag was stored before."""
        entry = self._by_packet.get(packet_id)
        return entry is not None and entry[0] == digest

    def flags_as_stored(self, tx: Connection, series: int, at: int, value: float, flags: int) -> int:
        """The flags of a reading's first delivery, which was on time; `flags` if this is the first."""
        if self._stored is None:
            rows = journal.recent(tx, journal.READINGS, REMEMBERED_ROWS, self._confirmed)
            readings = (reading for row in reversed(rows) for reading in decode_batch(row.body).readings)
            self._stored = {(reading.series, reading.at): reading for reading in readings}
        stored = self._stored.get((series, at))
        return flags if stored is None or stored.value != value else stored.flags
