"""From the messages of one socket read to one journal row: decode, judge, number. No network here."""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.devices.clock_offset import correct
from core.errors import DecodeError
from core.metrics import METRICS
from core.readings.journal_codec import batch_body, decode_batch
from core.readings.manual_readings import claims
from core.readings.readings import (
    AHEAD_AT_MOST,
    DAY_MS,
    EARLIEST,
    LATE_AFTER,
    Flag,
    Reading,
    implausible,
    judge_time,
)
from ingest.client import Frame, Frames
from ingest.clock_offsets import ClockOffsets
from ingest.decoder_memory import DecoderMemory, FamilyMemory, Heard
from ingest.decoders.contract import Command, Decode, DecodeContext, DecodedReport
from ingest.frames import DUP, QOS, RETAIN
from ingest.quality import QualityFlagger
from store.decoding import decoder_memory
from store.decoding.rejected import Rejected, RejectionGroup, add_groups
from store.devices import devices
from store.journal import journal, series
from store.journal import latest as newest

TOPIC_BYTES = 512
PAYLOAD_BYTES = 1 << 20
REMEMBERED_TOPICS = 50_000
# More than a county has, and what a flood of made-up names may cost. A bridge speaks for many sensors.
DEVICES_AT_MOST = 20_000
SERIES_AT_MOST = 100_000
SERIES_OF_A_DEVICE = 2_000
SEEN_AGAIN_MS = 30_000
REMEMBERED_ROWS = 2_000

# Plain numbers and tuples: this is the way of every reading.
TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)
LATE = int(Flag.LATE)
PLAUSIBLE = {name: (metric.low, metric.high) for name, metric in METRICS.items()}
POWER_ON = 85.0

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


Key = tuple[str, str, str]
"""(device, metric, position): what a series is."""


class _Route(NamedTuple):
    topic: str
    family: str
    decode: Decode
    memory: FamilyMemory


@dataclass(slots=True)
class _Batch:
    """What the messages of one read come to."""

    now: int
    earliest: int
    latest: int
    """From when to when a claimed time is as good as now."""
    readings: list[Reading] = field(default_factory=list)
    claims: list[tuple[str, int]] = field(default_factory=list)
    queued: dict[int, Reading] = field(default_factory=dict)
    timeless: list[tuple[int, int]] = field(default_factory=list)
    acknowledge: list[int] = field(default_factory=list)
    new_series: dict[Key, int] = field(default_factory=dict)
    new_of_device: Counter[str] = field(default_factory=Counter)
    families: dict[str, str] = field(default_factory=dict)
    about: dict[str, devices.DeviceDescription] = field(default_factory=dict)
    online: dict[str, tuple[str, bool]] = field(default_factory=dict)
    removed: dict[str, bool] = field(default_factory=dict)
    rejected: dict[tuple[str, str], RejectionGroup] = field(default_factory=dict)

    def reject(self, topic: str, reason: str, detail: str, payload: bytes, waited: bool = False) -> None:
        group = self.rejected.get((topic, reason))
        if group is None:
            group = self.rejected[topic, reason] = RejectionGroup()
        # JSON may hold half of a surrogate pair, which no database takes
        group.add(detail.encode(errors="replace").decode(), payload, waited)


class BatchPipeline:
    """Takes batches into the journal, and remembers what makes the next one fast.

    `queued` is true until the listener's own marker came back: what arrives before it waited at the
    broker, so a message without a time of its own has an unknown one.
    """

    def __init__(
        self, tx: Connection, find: Find, zone: ZoneInfo, marker: bytes, heard: Heard = lambda *_: None
    ) -> None:
        self._find = find
        self._heard = heard
        self._memories = DecoderMemory(decoder_memory.rows_by_family(tx))
        for family, memory in self._memories.each():
            heard(family, memory)
        self._zone = zone
        self._marker = marker
        self._routes: dict[bytes, _Route | None] = {}
        self._series: dict[Key, int] = {
            (known.device, known.metric, known.position): known.id for known in series.all_series(tx).values()
        }
        self._of_device = Counter(device for device, _, _ in self._series)
        known = devices.devices(tx)
        self._families = {device.id: device.family for device in known}
        self._about = {
            d.id: devices.DeviceDescription(d.name, d.gateway) for d in known if d.name or d.gateway
        }
        self._removed = {device.id for device in known if device.removed_at is not None}
        self._honest = QualityFlagger(tx, self._series)
        self._clocks = ClockOffsets(tx)
        self._seen: dict[str, int] = {}
        self._confirmed = 0
        self._earlier: dict[tuple[int, int], Reading] | None = None
        self._arrivals: dict[int, int] = {}
        self._arrivals_again: dict[int, int] = {}
        self._drift = DAY_MS
        self._unconfirmed: dict[int, tuple[int, int]] = {}
        self.nonce = b""
        self.queued = True

    def remember(self, seq: int, timeless: list[tuple[int, int]]) -> None:
        """Messages of journal row `seq` that the broker may not know to be acknowledged."""
        for packet_id, checksum in timeless:
            self._unconfirmed[packet_id] = (checksum, seq)

    def recall(self, readings: list[Reading]) -> None:
        """Readings that were kept and may be delivered once more, oldest row first."""
        self._honest.recall(readings)

    def confirmed(self, seq: int) -> None:
        """The broker has our acknowledgements of every row up to `seq`."""
        self._confirmed, self._earlier = seq, None
        self._unconfirmed = {
            packet_id: held for packet_id, held in self._unconfirmed.items() if held[1] > seq
        }

    def take(self, tx: Connection, frames: Frames, now: int, wall: int | None = None) -> "ProcessedBatch":
        """Everything of one read into the caller's transaction; call `Taken.kept` once it is committed.

        `wall` is what the machine's clock says where that is not `now`: a device that agrees with either
        is in time.
        """
        wall = now if wall is None else wall
        batch = _Batch(now, min(now, wall) - LATE_AFTER, max(now, wall) + AHEAD_AT_MOST)
        self._context = DecodeContext(self._zone, now)
        self._memories.forget()  # what a batch that was not committed has taught
        queued = self.queued
        for frame in frames:
            topic, payload, packet_id, command = frame
            if command & QOS:
                batch.acknowledge.append(packet_id)
                if command & DUP and self._kept_before(batch, topic, payload, packet_id):
                    continue
            if topic == self._marker:
                queued = queued and payload != self.nonce
                continue
            route = self._routes.get(topic) or self._route(topic)
            if route is not None:
                self._one(tx, batch, route, frame, queued)
            elif not _readable(topic):
                shown = topic[:TOPIC_BYTES].decode("utf-8", "replace")
                batch.reject(shown, "bad_topic", "", payload)
        return ProcessedBatch(self, batch, queued, self._write(tx, batch), self._context.commands)

    def take_again(
        self, tx: Connection, found: Sequence[Rejected], now: int
    ) -> tuple["ProcessedBatch", list[Rejected]]:
        """Messages that were kept unread, where a rule can read them now: with their own times, else with
        that of their arrival, and late. Which of them were read; the rest stays as it is."""
        batch = _Batch(now, now, now)
        arrived: dict[tuple[int, int], int] = {}
        self._memories.forget()
        arrivals, self._arrivals, self._drift = self._arrivals, self._arrivals_again, 1_000
        try:
            read = [one for one in found if self._again(tx, batch, one, arrived)]
        finally:
            self._arrivals, self._drift = arrivals, DAY_MS
        readings = self._honest.judge(tx, now, batch.readings, batch.new_series)
        seq = journal.append(tx, now, journal.READINGS, batch_body(readings, [])) if readings else 0
        for at in sorted(set(arrived.values())):
            newest.put(tx, at, [one for one in readings if arrived.get((one[0], one[1])) == at])
        devices.describe(tx, batch.about)
        decoder_memory.write_changes(tx, self._memories.changes)
        batch.now = min((one.at for one in read), default=now)  # then it spoke; when it speaks again is news
        return ProcessedBatch(self, batch, self.queued, seq, []), read

    def _again(
        self, tx: Connection, batch: _Batch, one: Rejected, arrived: dict[tuple[int, int], int]
    ) -> bool:
        route = self._route(one.topic.encode())
        if route is None or one.size > len(one.payload):
            return False
        piece = _Batch(one.at, one.at - LATE_AFTER, one.at + AHEAD_AT_MOST)
        piece.new_series, piece.new_of_device = batch.new_series, batch.new_of_device
        piece.families = {**batch.families}
        self._context = DecodeContext(self._zone, one.at)
        frame = (route.topic.encode(), one.payload, 0, RETAIN if one.waited else 0)
        try:
            self._message(tx, piece, route, frame, False)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 - it is kept as it was, with what was wrong with it then
            return False
        found = [*piece.queued.values(), *piece.readings]
        if not found and piece.rejected:
            return False
        for number, at, value, flags, claimed in found:
            late = batch.now - at > LATE_AFTER or one.at <= at < one.at + 1_000
            batch.readings.append(Reading(number, at, value, flags | LATE * late, claimed))
            arrived[number, at] = one.at
        devices.seen(tx, one.at, {key: piece.families[key] for key in piece.families.keys() - batch.families})
        batch.families |= piece.families
        batch.about |= piece.about
        add_groups(
            tx, one.at, {key: group for key, group in piece.rejected.items() if key[1] == "invalid_value"}
        )
        return True

    def _kept_before(self, batch: _Batch, topic: bytes, payload: bytes, packet_id: int) -> bool:
        """Whether it is the repetition of a message that got its time from its arrival. It is remembered
        once more with this batch, since the acknowledgement goes out once more with it."""
        held = self._unconfirmed.get(packet_id)
        if held is None or held[0] != _checksum(topic, payload):
            return False
        batch.timeless.append((packet_id, held[0]))
        return True

    def forget_routes(self) -> None:
        """Families may have other topics from now on."""
        self._routes.clear()

    def _route(self, topic: bytes) -> _Route | None:
        if not _readable(topic):
            return None
        text = topic.decode()
        found = self._find(text)
        route = _Route(text, *found, self._memories.of(found[0])) if found else None
        if len(self._routes) >= REMEMBERED_TOPICS:
            self._routes.clear()
        self._routes[topic] = route
        return route

    def _one(self, tx: Connection, batch: _Batch, route: _Route, frame: Frame, queued: bool) -> None:
        """One message. Whatever is wrong with it, it is kept and shown, and stops none of the others."""
        payload = frame[1]
        if len(payload) > PAYLOAD_BYTES:
            batch.reject(route.topic, "too_large", f"{len(payload)}", payload)
            return
        try:
            self._message(tx, batch, route, frame, queued)
        except DecodeError as error:
            batch.reject(route.topic, error.reason, str(error), payload, queued or bool(frame[3] & RETAIN))
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - a decoder's bug, whatever it is
            said = f"{type(error).__name__}: {error}"
            batch.reject(route.topic, "decoder_failed", said, payload, queued or bool(frame[3] & RETAIN))

    def _message(self, tx: Connection, batch: _Batch, route: _Route, frame: Frame, queued: bool) -> None:
        _, payload, _, command = frame
        context = self._context
        context.retained = bool(command & RETAIN)
        context.memory = route.memory
        readings: list[Reading] = []
        add = readings.append
        now, known = batch.now, self._series
        earliest, latest, clocks = batch.earliest, batch.latest, self._clocks.off
        timed = True
        for report in route.decode(route.topic, payload, context):
            device = self._device(batch, report.device, route.family)
            if report.online is not None:
                batch.online[device] = (route.family, report.online)
            if report.name or report.gateway:
                self._describe(batch, device, report)
            if report.removed or device in self._removed:
                batch.removed[device] = report.removed
            if report.undecoded:
                waited = queued or bool(command & RETAIN)
                batch.reject(route.topic, report.undecoded, device, payload, waited)
            for invalid in report.invalid:
                detail = f"{invalid.position} {invalid.metric}: {invalid.reason}".strip()
                batch.reject(route.topic, "invalid_value", detail, payload)
            off = clocks.get(device, 0) if clocks else 0
            odd = off != 0
            plain = not (odd or command & DUP)
            for position, metric, value, at in report.values:
                low, high = PLAUSIBLE[metric]
                flags = 0 if low <= value <= high and value != POWER_ON else _implausible(metric, value)
                key = (device, metric, position)
                series = known.get(key) or batch.new_series.get(key) or self._new(tx, batch, key)
                if not series:
                    batch.reject(route.topic, "too_many", f"{position} {metric}".strip(), payload)
                    continue
                if at is not None and earliest <= at <= latest:
                    add((series, at, value, flags, None))  # type: ignore[arg-type] # a tuple is faster
                    continue
                if plain and at is not None and EARLIEST <= at < earliest:  # a backlog
                    odd = True
                    add((series, at, value, flags | LATE, None))  # type: ignore[arg-type]
                    continue
                claimed = None
                corrected = correct(at, now, off) if off and at is not None else None
                if corrected is not None:
                    at, more, claimed = corrected
                    flags |= more
                elif at is not None:
                    odd = True
                    at, more, claimed = judge_time(at, now)
                    flags |= more
                if at is None or (claimed is not None and corrected is None):
                    timed = False
                    at = now
                    if queued or command & RETAIN:
                        flags |= TIME_UNKNOWN
                if flags & LATE and command & DUP:
                    flags = self._as_kept(tx, series, at, value, flags)
                add(Reading(series, at, value, flags, claimed))
            if odd and not queued and not command & RETAIN:
                times = [one.at for one in report.values if one.at is not None]
                batch.claims += [(device, max(times))] if times else []
        if context.copy:
            context.copy = False
            batch.timeless += [(frame[2], _checksum(frame[0], payload))] if command & QOS else []
        elif timed:
            batch.readings += readings
        else:
            self._arrived(batch, readings, frame)

    def _as_kept(self, tx: Connection, series: int, at: int, value: float, flags: int) -> int:
        """The flags under which a reading that is delivered again was kept: it was in time then."""
        if self._earlier is None:
            rows = journal.recent(tx, journal.READINGS, REMEMBERED_ROWS, self._confirmed)
            kept = (one for row in reversed(rows) for one in decode_batch(row.body).readings)
            self._earlier = {(one.series, one.at): one for one in kept}
        earlier = self._earlier.get((series, at))
        return flags if earlier is None or earlier.value != value else earlier.flags

    def _arrived(self, batch: _Batch, readings: list[Reading], frame: Frame) -> None:
        """A message that has its time from its arrival: remembered, so that its repetition is known; of
        those that waited only the last of each series counts; two in one millisecond stay two."""
        topic, payload, packet_id, command = frame
        if command & QOS:
            batch.timeless.append((packet_id, _checksum(topic, payload)))
        for number, at, value, flags, claimed in readings:
            if flags & TIME_UNKNOWN:
                batch.queued[number] = Reading(number, at, value, flags, claimed)
                continue
            if at == batch.now:
                last = self._arrivals.get(number, 0)
                if at <= last < at + self._drift:  # further ahead: from a clock that was wrong
                    at = last + 1
                self._arrivals[number] = at
            batch.readings.append(Reading(number, at, value, flags, claimed))

    def _device(self, batch: _Batch, device: str, family: str) -> str:
        """A device's name; two families that use one name for two devices are kept apart."""
        first = self._family(batch, device)
        if first is not None and first != family:
            device = f"{family}:{device}"
            first = self._family(batch, device)
        if first is None and claims(device):  # only what a person typed is called so
            device = f"{family}:{device}"
            first = self._family(batch, device)
        if first is None:
            device.encode()  # raises where no database would take the name
            if len(self._families) >= DEVICES_AT_MOST:
                raise DecodeError("too_many", device)
        if batch.now - self._seen.get(device, 0) >= SEEN_AGAIN_MS:
            batch.families[device] = family
        return device

    def _describe(self, batch: _Batch, device: str, report: DecodedReport) -> None:
        """Its name when that changes; its gateway, of which a beacon may have several, now and then."""
        known = batch.about.get(device) or self._about.get(device) or devices.DeviceDescription()
        name = (report.name or known.name)[: devices.NAME_AT_MOST]
        gateway = report.gateway if device in batch.families or not known.gateway else known.gateway
        if (name, gateway) != known:
            batch.about[device] = devices.DeviceDescription(name, gateway)

    def _family(self, batch: _Batch, device: str) -> str | None:
        return self._families.get(device) or batch.families.get(device)

    def _new(self, tx: Connection, batch: _Batch, key: Key) -> int:
        """A series seen for the first time, 0 where there are too many."""
        device = key[0]
        of_device = self._of_device[device] + batch.new_of_device[device]
        if of_device >= SERIES_OF_A_DEVICE or len(self._series) >= SERIES_AT_MOST:
            return 0
        number = batch.new_series[key] = series.get_or_make(tx, *key, batch.now)
        batch.new_of_device[device] += 1
        return number

    def _write(self, tx: Connection, batch: _Batch) -> int:
        readings = [*batch.queued.values(), *batch.readings]
        readings = self._honest.judge(tx, batch.now, readings, batch.new_series)
        seq = 0
        if readings or batch.timeless:
            seq = journal.append(tx, batch.now, journal.READINGS, batch_body(readings, batch.timeless))
            newest.put(tx, batch.now, readings)
        devices.seen(tx, batch.now, batch.families)
        devices.describe(tx, batch.about)
        for device, (family, online) in batch.online.items():
            devices.said(tx, batch.now, device, family, online)
        for device, removed in batch.removed.items():
            devices.removed(tx, batch.now, device, removed)
        decoder_memory.write_changes(tx, self._memories.changes)
        self._clocks.learn(tx, batch.now, batch.claims)
        add_groups(tx, batch.now, batch.rejected)
        return seq

    def _kept(self, batch: _Batch, queued: bool, seq: int) -> None:
        self.queued = queued
        self._series |= batch.new_series
        self._of_device.update(batch.new_of_device)
        self._families |= batch.families
        self._seen |= dict.fromkeys(batch.families, batch.now)
        self._about |= batch.about
        for device, removed in batch.removed.items():
            (self._removed.add if removed else self._removed.discard)(device)
        self.remember(seq, batch.timeless)
        self._honest.kept()
        self._clocks.kept()
        for family in self._memories.keep():
            self._heard(family, self._memories.of(family))


class ProcessedBatch:
    """A batch in a transaction that is not committed yet."""

    def __init__(
        self, intake: BatchPipeline, batch: _Batch, queued: bool, seq: int, commands: list[Command]
    ) -> None:
        self._intake, self._batch, self._queued, self._seq = intake, batch, queued, seq
        self.commands = commands
        """What decoders want to be said to devices once the batch is kept."""

    @property
    def seq(self) -> int:
        """The journal row it became, 0 where it had nothing for the journal."""
        return self._seq

    def kept(self) -> list[int]:
        """The transaction is committed: remember what it made, answer what to acknowledge."""
        self._intake._kept(self._batch, self._queued, self._seq)
        return self._batch.acknowledge


def _checksum(topic: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(topic))


def _implausible(metric: str, value: float) -> int:
    if not isfinite(value):
        raise DecodeError("not_finite", metric)
    return int(Flag.IMPLAUSIBLE) if implausible(metric, value) else 0


def _readable(topic: bytes) -> bool:
    if len(topic) > TOPIC_BYTES:
        return False
    try:
        topic.decode()
    except UnicodeDecodeError:
        return False
    return True
