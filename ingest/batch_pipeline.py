"""Turns the messages of one socket read into one journal row: decode, flag, number. No network here."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.devices.login_shares import area_of
from core.errors import DecodeError
from core.readings.journal_codec import Batch, batch_body
from core.readings.monotonic_stamp import STEP_MS
from core.readings.readings import AHEAD_AT_MOST, EARLIEST, LATE_AFTER, Flag, Reading
from ingest.client import Frame, Frames
from ingest.clock_offsets import ClockOffsets
from ingest.decoder_memory import DecoderMemory, FamilyMemory, OnMemoryChanged
from ingest.decoders.contract import Command, Decode, DecodeContext, DecodedReport
from ingest.device_registry import DeviceRegistry
from ingest.frames import DUP, QOS, RETAIN, TOPIC_BYTES, is_readable
from ingest.message_time import TIME_UNKNOWN, ArrivalTimes, time_of_value
from ingest.pending_batch import PendingBatch
from ingest.plausible import PLAUSIBLE, POWER_ON, implausible_flag
from ingest.quality import QualityFlagger
from ingest.redeliveries import Redeliveries, checksum
from ingest.series_registry import SeriesRegistry
from ingest.topic_cache import Find
from ingest.transactional import Transactional
from ingest.usual_lateness import UsualLateness
from store.decoding import decoder_memory
from store.decoding.rejected import Rejected, add_groups
from store.devices import devices, forgotten_devices
from store.journal import journal, latest

PAYLOAD_BYTES = 1 << 20
REMEMBERED_TOPICS = 50_000
REDECODED_DRIFT_MS = 1_000

LATE = int(Flag.LATE)  # a plain number, because every reading passes here


class _Route(NamedTuple):
    topic: str
    family: str
    decode: Decode
    memory: FamilyMemory


class BatchPipeline:
    """Stores batches in the journal, and caches routes, series and devices for the next one.

    `queued` is true until the listener's own marker with `nonce` comes back. A message before the marker
    has waited at the broker, so its time is unknown unless the message carries one. `clock_lead`: how far
    (ms) this machine's clock is ahead of the devices' (negative: behind), 0 if it is right. `sender_of`:
    topic -> whose message it is.
    """

    def __init__(
        self,
        tx: Connection,
        find: Find,
        zone: ZoneInfo,
        marker: bytes,
        on_memory_changed: OnMemoryChanged = lambda *_: None,
        sender_of: Callable[[str], str] = area_of,
    ) -> None:
        self._find_route = find
        self._on_memory_changed = on_memory_changed
        self._zone = zone
        self._marker = marker
        self.nonce = b""
        self.queued = True
        self.clock_lead = 0
        self._routes: dict[bytes, _Route | None] = {}
        self._memory = DecoderMemory(decoder_memory.rows_by_family(tx))
        for family, memory in self._memory.families():
            on_memory_changed(family, memory)
        self._devices = DeviceRegistry(tx, sender_of)
        self._series = SeriesRegistry(tx, self._devices.logins)
        self._forgotten_seq = forgotten_devices.last_number(tx)
        self._quality = QualityFlagger(tx, self._series.ids)
        self._clocks = ClockOffsets(tx)
        self._late = UsualLateness(tx)
        self._transactional: list[Transactional] = [self._memory, self._quality, self._clocks, self._late]
        self._redeliveries = Redeliveries()
        self._arrivals = ArrivalTimes(STEP_MS)
        self._redecoded_arrivals = ArrivalTimes(REDECODED_DRIFT_MS)

    def expect_queue(self, nonce: bytes) -> None:
        """Call when a connection begins: messages before a marker with `nonce` have waited."""
        self.queued, self.nonce = True, nonce

    def recall(self, seq: int, batch: Batch) -> None:
        """Learns from journal row `seq`, which the broker may deliver again. Call for rows oldest first."""
        self._redeliveries.remember(seq, batch.timeless)
        self._quality.recall(batch.readings)

    def on_confirmed(self, seq: int) -> None:
        """Call when the broker has our acknowledgements of every row up to `seq`."""
        self._redeliveries.on_confirmed(seq)

    def forget_routes(self) -> None:
        """Call when a topic may belong to another family than before."""
        self._routes.clear()

    def process(self, tx: Connection, frames: Frames, now: int, wall: int | None = None) -> "ProcessedBatch":
        """Writes one read in the caller's transaction. Call `on_committed` of the result after the commit.

        `wall` is the machine's clock if it differs from `now`: a device that agrees with either is on
        time.
        """
        wall = now if wall is None else wall
        self._roll_back()
        self._forget_devices(tx)
        earliest, latest_at = min(now, wall) - LATE_AFTER, max(now, wall) + AHEAD_AT_MOST
        context = DecodeContext(self._zone, now)
        batch = PendingBatch(now, earliest, latest_at, context, self._arrivals, self.queued)
        batch.lead = max(0, self.clock_lead)
        for frame in frames:
            topic, payload, packet_id, command = frame
            if command & QOS:
                batch.acknowledge.append(packet_id)
                if command & DUP and self._is_repeated(batch, topic, payload, packet_id):
                    continue
            if topic == self._marker:
                batch.has_waited = batch.has_waited and payload != self.nonce
                continue
            route = self._routes.get(topic) or self._route(topic)
            if route is not None:
                self._decode_or_reject(tx, batch, route, frame)
            elif not is_readable(topic):
                batch.reject(topic[:TOPIC_BYTES].decode("utf-8", "replace"), "bad_topic", "", payload)
        return ProcessedBatch(self, batch, self._write(tx, batch))

    def redecode(
        self, tx: Connection, messages: Sequence[Rejected], now: int
    ) -> tuple["ProcessedBatch", list[Rejected]]:
        """Decodes rejected messages that a rule can read now, and returns them; the others stay rejected.

        A value keeps its own time, or gets the arrival time of its message with the flag LATE.
        """
        self._roll_back()
        self._forget_devices(tx)
        batch = self._redecoded_batch(now)
        batch.earliest = batch.latest = now
        batch.has_waited = self.queued
        arrived: dict[tuple[int, int], int] = {}
        decoded = [message for message in messages if self._redecode(tx, batch, message, arrived)]
        readings = self._quality.judge(tx, now, batch.readings, batch.series.ids)
        seq = journal.append(tx, now, journal.READINGS, batch_body(readings, [])) if readings else 0
        for received_at in sorted(set(arrived.values())):
            arrived_then = [r for r in readings if arrived.get((r.series, r.at)) == received_at]
            latest.put(tx, received_at, arrived_then)
        devices.describe(tx, batch.devices.descriptions)
        decoder_memory.write_changes(tx, self._memory.changes)
        # devices were last seen when these messages arrived, not now
        batch.now = min((message.at for message in decoded), default=now)
        return ProcessedBatch(self, batch, seq, commands=[]), decoded

    def _redecoded_batch(self, at: int) -> PendingBatch:
        context = DecodeContext(self._zone, at)
        return PendingBatch(at, at - LATE_AFTER, at + AHEAD_AT_MOST, context, self._redecoded_arrivals)

    def _redecode(
        self, tx: Connection, batch: PendingBatch, message: Rejected, arrived: dict[tuple[int, int], int]
    ) -> bool:
        """Adds one message to the batch. Returns False if it cannot be decoded; the batch is then
        unchanged."""
        route = self._route(message.topic.encode())
        if route is None or message.size > len(message.payload):
            return False
        single = self._redecoded_batch(message.at)
        single.lead = max(0, self.clock_lead)
        single.series = batch.series
        single.devices.start_from(batch.devices)
        frame = (route.topic.encode(), message.payload, 0, RETAIN if message.waited else 0)
        try:
            self._decode(tx, single, route, frame)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 - it stays rejected for its earlier reason
            return False
        readings = [*single.waited.values(), *single.readings]
        if not readings and single.rejected:
            return False
        for series, at, value, flags, claimed in readings:
            is_late = batch.now - at > LATE_AFTER or message.at <= at < message.at + REDECODED_DRIFT_MS
            batch.readings.append(Reading(series, at, value, flags | LATE * is_late, claimed))
            arrived[series, at] = message.at
        families = single.devices.families
        new = {key: families[key] for key in families.keys() - batch.devices.families}
        devices.record_last_seen(tx, message.at, new, single.devices.logins)
        batch.devices.add(single.devices)
        invalid = {key: group for key, group in single.rejected.items() if key[1] == "invalid_value"}
        add_groups(tx, message.at, invalid)
        return True

    def _is_repeated(self, batch: PendingBatch, topic: bytes, payload: bytes, packet_id: int) -> bool:
        """Whether the message repeats one that was stored with its arrival time. This batch acknowledges it
        again, so this batch remembers it too."""
        digest = checksum(topic, payload)
        if not self._redeliveries.is_repeated(packet_id, digest):
            return False
        batch.timeless.append((packet_id, digest))
        return True

    def _route(self, topic: bytes) -> _Route | None:
        if not is_readable(topic):
            return None
        text = topic.decode()
        route = None
        if (match := self._find_route(text)) is not None:
            family, decode = match
            route = _Route(text, family, decode, self._memory.family_memory(family))
        if len(self._routes) >= REMEMBERED_TOPICS:
            self._routes.clear()
        self._routes[topic] = route
        return route

    def _decode_or_reject(self, tx: Connection, batch: PendingBatch, route: _Route, frame: Frame) -> None:
        """Decodes one message. A faulty message is stored as rejected; the others are still decoded."""
        _, payload, _, command = frame
        if len(payload) > PAYLOAD_BYTES:
            batch.reject(route.topic, "too_large", f"{len(payload)}", payload)
            return
        try:
            self._decode(tx, batch, route, frame)
        except DecodeError as error:
            has_waited = batch.has_waited or bool(command & RETAIN)
            batch.reject(route.topic, error.reason, str(error), payload, has_waited)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - a decoder's bug, whatever it is
            has_waited = batch.has_waited or bool(command & RETAIN)
            batch.reject(
                route.topic, "decoder_failed", f"{type(error).__name__}: {error}", payload, has_waited
            )

    def _decode(self, tx: Connection, batch: PendingBatch, route: _Route, frame: Frame) -> None:
        """Adds the readings of one message to the batch. The hot path: readings are plain tuples."""
        topic, payload, packet_id, command = frame
        now, earliest, latest_at = batch.now, batch.earliest, batch.latest
        context, series_ids, new_ids = batch.context, self._series.ids, batch.series.ids
        clocks, late, removed = self._clocks.offsets, self._late.live_within, self._devices.removed
        identify, lead = self._devices.identify, batch.lead
        context.retained = bool(command & RETAIN)
        context.memory = route.memory
        has_waited = batch.has_waited or context.retained
        readings: list[Reading] = []
        add = readings.append
        has_own_time = True
        for report in route.decode(route.topic, payload, context):
            device = identify(batch.devices, now, report.device, route.family, route.topic)
            if (
                report.online is not None or report.name or report.gateway or report.removed
                or report.undecoded or report.invalid or device in removed
            ):  # fmt: skip
                self._add_device_facts(batch, route, report, device, payload, has_waited)
            clock_offset, since, is_odd = 0, earliest, False
            if clocks or late:
                clock_offset = clocks.get(device, 0)
                since = earliest + LATE_AFTER - late.get(device, LATE_AFTER)
                is_odd = clock_offset != 0 or device in late
            is_plain = not (clock_offset or command & DUP)
            for position, metric, value, at in report.values:
                low, high = PLAUSIBLE[metric]
                flags = 0 if low <= value <= high and value != POWER_ON else implausible_flag(metric, value)
                key = (device, metric, position)
                series = (
                    series_ids.get(key)
                    or new_ids.get(key)
                    or self._series.make(tx, batch.series, key, now, batch.devices.logins)
                )
                if not series:
                    batch.reject(route.topic, "too_many", f"{position} {metric}".strip(), payload)
                    continue
                if at is not None and (
                    since <= at <= latest_at or (lead and since <= at + lead <= latest_at)
                ):
                    add((series, at, value, flags, None))  # type: ignore[arg-type] # a tuple is faster
                    continue
                if is_plain and at is not None and EARLIEST <= at < since:  # a backlog
                    is_odd = True
                    add((series, at, value, flags | LATE, None))  # type: ignore[arg-type]
                    continue
                at, more, claimed, is_own, is_value_odd = time_of_value(
                    at, now, clock_offset, has_waited=has_waited
                )
                flags |= more
                is_odd |= is_value_odd
                has_own_time &= is_own
                if flags & LATE and command & DUP:
                    flags = self._redeliveries.flags_as_stored(tx, series, at, value, flags)
                add(Reading(series, at, value, flags, claimed))
            if is_odd and not has_waited:
                times = [value.at for value in report.values if value.at is not None]
                batch.claims += [(device, max(times))] if times else []
        if context.is_copy:
            context.is_copy = False
            batch.timeless += [(packet_id, checksum(topic, payload))] if command & QOS else []
        elif has_own_time:
            batch.readings += readings
            if readings and not has_waited:
                batch.last_timed = device, readings
        else:
            self._add_timeless(batch, readings, frame)

    def _forget_devices(self, tx: Connection) -> None:
        """Forgets devices that people had forgotten since the last batch: they are new when they speak."""
        forgotten, self._forgotten_seq = forgotten_devices.after(tx, self._forgotten_seq)
        if forgotten:
            for part in (self._series, self._devices, self._clocks, self._late):
                part.forget(forgotten)

    def _add_device_facts(
        self,
        batch: PendingBatch,
        route: _Route,
        report: DecodedReport,
        device: str,
        payload: bytes,
        has_waited: bool,
    ) -> None:
        """Adds what a report says besides values: online, names, removal, undecoded data, invalid values."""
        if report.online is not None:
            batch.devices.online[device] = (route.family, report.online)
        if report.name or report.gateway:
            self._devices.describe(batch.devices, device, report)
        if report.removed or device in self._devices.removed:
            batch.devices.removed[device] = report.removed
        if report.undecoded:
            batch.reject(route.topic, report.undecoded, device, payload, has_waited)
        for invalid in report.invalid:
            detail = f"{invalid.position} {invalid.metric}: {invalid.reason}".strip()
            batch.reject(route.topic, "invalid_value", detail, payload)

    def _add_timeless(self, batch: PendingBatch, readings: list[Reading], frame: Frame) -> None:
        """Adds readings that get their time from their arrival, and remembers the message, so that a
        redelivery is recognised. If messages waited, only the last reading of each series is stored.
        Two readings in one millisecond both stay."""
        topic, payload, packet_id, command = frame
        if command & QOS:
            batch.timeless.append((packet_id, checksum(topic, payload)))
        for series, at, value, flags, claimed in readings:
            if flags & TIME_UNKNOWN:
                batch.waited[series] = Reading(series, at, value, flags, claimed)
                continue
            arrived_at = batch.arrivals.next(series, at) if at == batch.now else at
            batch.readings.append(Reading(series, arrived_at, value, flags, claimed))

    def _write(self, tx: Connection, batch: PendingBatch) -> int:
        """Writes the batch. Returns the sequence number of its journal row, 0 without a row."""
        readings = [*batch.waited.values(), *batch.readings]
        readings = self._quality.judge(tx, batch.now, readings, batch.series.ids)
        seq = 0
        if readings or batch.timeless:
            seq = journal.append(tx, batch.now, journal.READINGS, batch_body(readings, batch.timeless))
            latest.put(tx, batch.now, readings)
        self._devices.write(tx, batch.now, batch.devices)
        decoder_memory.write_changes(tx, self._memory.changes)
        if not self.clock_lead:  # else their clocks only seem to be wrong
            self._clocks.learn(tx, batch.now, batch.claims)
            self._late.learn(tx, batch.now, batch.claims, self._clocks.offsets)
        add_groups(tx, batch.now, batch.rejected)
        return seq

    def _roll_back(self) -> None:
        for part in self._transactional:
            part.on_rolled_back()

    def _on_committed(self, batch: PendingBatch, seq: int) -> None:
        self.queued = batch.has_waited
        self._series.add(batch.series)
        self._devices.add(batch.devices, batch.now)
        self._redeliveries.remember(seq, batch.timeless)
        changed = self._memory.changed_families()
        for part in self._transactional:
            part.on_committed()
        for family in changed:
            self._on_memory_changed(family, self._memory.family_memory(family))


class ProcessedBatch:
    """A batch in a transaction that is not committed yet. `seq` is its journal row, 0 without a row. The
    caller publishes `commands` to devices after the commit."""

    def __init__(
        self,
        pipeline: BatchPipeline,
        batch: PendingBatch,
        seq: int,
        commands: list[Command] | None = None,
    ) -> None:
        self._pipeline, self._batch = pipeline, batch
        self.seq = seq
        self.commands = batch.context.commands if commands is None else commands
        self.device_times = batch.device_times(pipeline._clocks.offsets, pipeline._late.usual)

    def on_committed(self) -> list[int]:
        """Caches the series and devices that the batch made. Returns the packet ids to acknowledge."""
        self._pipeline._on_committed(self._batch, self.seq)
        return self._batch.acknowledge
