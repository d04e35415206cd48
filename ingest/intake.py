"""From the messages of one socket read to one journal row: decode, judge, number. No network here."""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.batches import batch_body
from core.errors import DecodeError
from core.readings import AHEAD_AT_MOST, LATE_AFTER, METRICS, Flag, Reading, implausible, judge_time
from ingest.client import Frames
from ingest.decoders.contract import Context, Decode
from ingest.frames import DUP, QOS, RETAIN
from store import devices, journal, newest, rejected, series

TOPIC_BYTES = 512
PAYLOAD_BYTES = 1 << 20
REMEMBERED_TOPICS = 50_000
SEEN_AGAIN_MS = 30_000

# Plain numbers and tuples: this is the way of every reading.
TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)
PLAUSIBLE = {name: (metric.low, metric.high) for name, metric in METRICS.items()}
POWER_ON = 85.0

Find = Callable[[str], tuple[str, Decode] | None]
"""Topic -> (family, its decode), or nothing where no family knows the topic."""
Key = tuple[str, str, str]
"""(device, metric, position): what a series is."""


class _Route(NamedTuple):
    topic: str
    family: str
    decode: Decode


@dataclass(slots=True)
class _Batch:
    """What the messages of one read come to."""

    now: int
    readings: list[Reading] = field(default_factory=list)
    queued: dict[int, Reading] = field(default_factory=dict)
    timeless: list[tuple[int, int]] = field(default_factory=list)
    acknowledge: list[int] = field(default_factory=list)
    new_series: dict[Key, int] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    online: dict[str, tuple[str, bool]] = field(default_factory=dict)
    rejected: dict[tuple[str, str], tuple[deque[tuple[str, bytes]], list[int]]] = field(default_factory=dict)

    def reject(self, topic: str, reason: str, detail: str, payload: bytes) -> None:
        kept, times = self.rejected.setdefault((topic, reason), (deque(maxlen=rejected.KEEP_EACH), [0]))
        kept.append((detail, payload))
        times[0] += 1


class Intake:
    """Takes batches into the journal, and remembers what makes the next one fast.

    `queued` is true until the listener's own marker came back: what arrives before it waited at the
    broker, so a message without a time of its own has an unknown one.
    """

    def __init__(self, tx: Connection, find: Find, zone: ZoneInfo, marker: bytes) -> None:
        self._find = find
        self._zone = zone
        self._marker = marker
        self._routes: dict[bytes, _Route | None] = {}
        self._series: dict[Key, int] = {
            (known.device, known.metric, known.position): known.id for known in series.all_series(tx).values()
        }
        self._families = {device.id: device.family for device in devices.devices(tx)}
        self._seen: dict[str, int] = {}
        self._arrivals: dict[int, int] = {}
        self._unconfirmed: dict[int, tuple[int, int]] = {}
        self.nonce = b""
        self.queued = True

    def remember(self, seq: int, timeless: list[tuple[int, int]]) -> None:
        """Messages of journal row `seq` that the broker may not know to be acknowledged."""
        for packet_id, checksum in timeless:
            self._unconfirmed[packet_id] = (checksum, seq)

    def confirmed(self, seq: int) -> None:
        """The broker has our acknowledgements of every row up to `seq`."""
        self._unconfirmed = {
            packet_id: held for packet_id, held in self._unconfirmed.items() if held[1] > seq
        }

    def take(self, tx: Connection, frames: Frames, now: int) -> "Taken":
        """Everything of one read into the caller's transaction; call `Taken.kept` once it is committed."""
        batch = _Batch(now)
        self._context = Context(self._zone, now)
        queued = self.queued
        for topic, payload, packet_id, command in frames:
            if command & QOS:
                batch.acknowledge.append(packet_id)
            if topic == self._marker:
                queued = queued and payload != self.nonce
                continue
            route = self._routes.get(topic) or self._route(topic)
            if route is not None:
                self._message(tx, batch, route, payload, packet_id, command, queued)
            elif not _readable(topic):
                shown = topic[:TOPIC_BYTES].decode("utf-8", "replace")
                batch.reject(shown, "bad_topic", "", payload)
        return Taken(self, batch, queued, self._write(tx, batch))

    def _route(self, topic: bytes) -> _Route | None:
        if not _readable(topic):
            return None
        text = topic.decode()
        found = self._find(text)
        route = _Route(text, *found) if found else None
        if len(self._routes) >= REMEMBERED_TOPICS:
            self._routes.clear()
        self._routes[topic] = route
        return route

    def _message(
        self,
        tx: Connection,
        batch: _Batch,
        route: _Route,
        payload: bytes,
        packet_id: int,
        command: int,
        queued: bool,
    ) -> None:
        if len(payload) > PAYLOAD_BYTES:
            batch.reject(route.topic, "too_large", f"{len(payload)}", payload)
            return
        context = self._context
        context.retained = bool(command & RETAIN)
        try:
            reports = route.decode(route.topic, payload, context)
        except DecodeError as error:
            batch.reject(route.topic, error.reason, str(error), payload)
            return
        except Exception as error:  # noqa: BLE001 - one message never stops the others; it is kept and shown
            batch.reject(route.topic, "decoder_failed", f"{type(error).__name__}: {error}", payload)
            return
        readings: list[Reading] = []
        add = readings.append
        now, known = batch.now, self._series
        earliest, latest = now - LATE_AFTER, now + AHEAD_AT_MOST
        timed = True
        for report in reports:
            device = self._device(batch, report.device, route.family)
            if report.online is not None:
                batch.online[device] = (route.family, report.online)
            for invalid in report.invalid:
                detail = f"{invalid.position} {invalid.metric}: {invalid.reason}".strip()
                batch.reject(route.topic, "invalid_value", detail, payload)
            for position, metric, value, at in report.values:
                key = (device, metric, position)
                series = known.get(key) or batch.new_series.get(key) or self._new(tx, batch, key)
                low, high = PLAUSIBLE[metric]
                flags = 0 if low <= value <= high and value != POWER_ON else _implausible(metric, value)
                if at is not None and earliest <= at <= latest:
                    add((series, at, value, flags, None))  # type: ignore[arg-type] # a tuple is faster
                    continue
                claimed = None
                if at is not None:
                    at, more, claimed = judge_time(at, now)
                    flags |= more
                if at is None or claimed is not None:
                    timed = False
                    at = now
                    if queued or command & RETAIN:
                        flags |= TIME_UNKNOWN
                add(Reading(series, at, value, flags, claimed))
        if timed:
            batch.readings += readings
        else:
            self._arrived(batch, readings, route, payload, packet_id, command)

    def _arrived(
        self,
        batch: _Batch,
        readings: list[Reading],
        route: _Route,
        payload: bytes,
        packet_id: int,
        command: int,
    ) -> None:
        """A message that has its time from its arrival: dropped if it was kept before; of those that
        waited only the last of each series counts; two that came in one millisecond stay two."""
        if command & QOS:
            checksum = zlib.crc32(payload, zlib.crc32(route.topic.encode()))
            held = self._unconfirmed.get(packet_id)
            if command & DUP and held is not None and held[0] == checksum:
                return
            batch.timeless.append((packet_id, checksum))
        for number, at, value, flags, claimed in readings:
            if flags & TIME_UNKNOWN:
                batch.queued[number] = Reading(number, at, value, flags, claimed)
                continue
            if at == batch.now:
                at = max(at, self._arrivals.get(number, 0) + 1)
                self._arrivals[number] = at
            batch.readings.append(Reading(number, at, value, flags, claimed))

    def _device(self, batch: _Batch, device: str, family: str) -> str:
        """A device's name; two families that use one name for two devices are kept apart."""
        first = self._families.get(device) or batch.families.get(device)
        if first is not None and first != family:
            device = f"{family}:{device}"
        if batch.now - self._seen.get(device, 0) >= SEEN_AGAIN_MS:
            batch.families[device] = family
        return device

    def _new(self, tx: Connection, batch: _Batch, key: Key) -> int:
        number = batch.new_series[key] = series.get_or_make(tx, *key, batch.now)
        return number

    def _write(self, tx: Connection, batch: _Batch) -> int:
        readings = [*batch.queued.values(), *batch.readings]
        seq = 0
        if readings or batch.timeless:
            seq = journal.append(tx, batch.now, journal.READINGS, batch_body(readings, batch.timeless))
            newest.put(tx, batch.now, readings)
        devices.seen(tx, batch.now, batch.families)
        for device, (family, online) in batch.online.items():
            devices.said(tx, batch.now, device, family, online)
        for (topic, reason), (kept, times) in batch.rejected.items():
            rejected.add_group(tx, batch.now, topic, reason, kept, times[0])
        return seq

    def _kept(self, batch: _Batch, queued: bool, seq: int) -> None:
        self.queued = queued
        self._series |= batch.new_series
        self._families |= batch.families
        self._seen |= dict.fromkeys(batch.families, batch.now)
        self.remember(seq, batch.timeless)


class Taken:
    """A batch in a transaction that is not committed yet."""

    def __init__(self, intake: Intake, batch: _Batch, queued: bool, seq: int) -> None:
        self._intake, self._batch, self._queued, self._seq = intake, batch, queued, seq

    @property
    def seq(self) -> int:
        """The journal row it became, 0 where it had nothing for the journal."""
        return self._seq

    def kept(self) -> list[int]:
        """The transaction is committed: remember what it made, answer what to acknowledge."""
        self._intake._kept(self._batch, self._queued, self._seq)
        return self._batch.acknowledge


def _implausible(metric: str, value: float) -> int:
    return int(Flag.IMPLAUSIBLE) if implausible(metric, value) else 0


def _readable(topic: bytes) -> bool:
    if len(topic) > TOPIC_BYTES:
        return False
    try:
        topic.decode()
    except UnicodeDecodeError:
        return False
    return True
