"""Mutated messages of every family through the listener's own pipeline, beside good ones.

`python -m tests.e2e.fuzz 1000000` is the large one. No exception may reach the loop, no decoder may fail
by a bug, and memory must stop growing. What a broken message costs is measured beside good ones, and then
with the real listener: a thousand good messages a second alone, and with a thousand broken ones beside them.
"""

import base64
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
from rich.progress import track
from sqlalchemy import func, select

from benchmarks.load import Stream
from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import decode_batch
from ingest.batch_pipeline import BatchPipeline
from ingest.client import Frame, Frames
from ingest.decoders import FAMILIES, Router
from store.database import Databases
from store.decoding.tables import rejected_counts
from store.journal import journal
from store.journal.latest import latest_values
from store.journal.series import all_series
from store.schema import create
from tests.e2e.kills import Services, beating, until
from tests.support.flood import flood
from tests.support.machines import Broker

CASES = Path(__file__).parents[1] / "cases"
BATCH = 500
BROKEN_EACH = 20
MEASURE_EACH = 10
SLICES = 20
GOOD_PER_S = BROKEN_PER_S = 1_000
QOS_1 = 0x32
OTHERS = (
    b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"NaN", b"true", b"\xff\xfe", b"\0" * 40, b"[" * 4000,
    b'{"a":' * 900, b"9" * 5000, "库".encode("gb18030"), b'"\\ud800"', b"1773270932000",
    b'"2026-02-30T25:61:61"', b"-273.16",
)  # fmt: skip
WORDS = (b"a", b"+", b"#", b"", b"\xe5\xba\x93", b"\xff", b"x" * 300, b"..", b"%00", b"null", b"1")


def seeds() -> list[tuple[bytes, bytes]]:
    """Topic and body of every golden message there is."""
    mutations = []
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_text("utf-8").splitlines():
                case = json.loads(line)
                body = (
                    base64.b64decode(case["payload_b64"])
                    if "payload_b64" in case
                    else case["payload"].encode()
                )
                mutations.append((case["topic"].encode(), body))
    return mutations


def mutated(chance: random.Random, sown: list[tuple[bytes, bytes]]) -> Frame:
    topic, body = chance.choice(sown)
    for _ in range(chance.randint(1, 4)):
        body = _mutate(chance, body, sown)
    if chance.random() < 0.05:
        levels = topic.split(b"/")
        levels[chance.randrange(len(levels))] = chance.choice(WORDS)
        topic = b"/".join(levels)
    command = QOS_1 | (chance.random() < 0.2) | (8 if chance.random() < 0.05 else 0)
    return topic, body[: 1 << 16], chance.randint(1, 65_535), command


def _mutate(chance: random.Random, body: bytes, sown: list[tuple[bytes, bytes]]) -> bytes:
    at, end = sorted(chance.randint(0, len(body)) for _ in range(2))
    match chance.randrange(8):
        case 0:
            return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
        case 1:
            return body[:at]
        case 2:
            return body[:at] + body[min(end, at + 8) :]
        case 3:
            return body[:at] + body[at : at + 40] * 3 + body[at:]
        case 4:
            other = chance.choice(sown)[1]
            return body[:at] + other[len(other) // 2 :]
        case 5:
            return _replace_value(chance, body)
        case 6:
            return body[:at] + chance.choice(OTHERS) + body[end:]
        case _:
            return chance.choice(OTHERS) if chance.random() < 0.1 else body + chance.choice(OTHERS)


def _replace_value(chance: random.Random, body: bytes) -> bytes:
    """One value of a JSON body becomes something else, so that the rest can still be read."""
    colons = [index for index, byte in enumerate(body) if byte == 0x3A]
    if not colons:
        return body
    at = chance.choice(colons) + 1
    end = min((index for index in (body.find(b",", at), body.find(b"}", at)) if index > 0), default=len(body))
    return body[:at] + chance.choice(OTHERS) + body[end:]


def good(number: int, now: int) -> Frame:
    body = b'{"at": %d, "temperature": %.2f, "humidity": 91.2}' % (now, 3 + number % 97 / 50)
    return b"coldshed/v1/good-%03d/readings" % (number % 200), body, number % 65_535 + 1, QOS_1


@dataclass
class Outcome:
    mutated: int = 0
    good: int = 0
    raised: int = 0
    failed_decoders: int = 0
    rss_mb: list[float] = field(default_factory=list)
    alone_per_s: float = 0.0
    beside_per_s: float = 0.0
    errors: list[str] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """From the middle of the run to its end."""
        return self.rss_mb[-1] - self.rss_mb[len(self.rss_mb) // 2]

    @property
    def slowdown(self) -> float:
        """Good messages a second alone against those beside broken ones."""
        return self.alone_per_s / self.beside_per_s


def run(count: int, seed: int, folder: Path) -> Outcome:
    chance, sown, outcome = random.Random(seed), seeds(), Outcome()
    dbs = Databases(folder)
    create(dbs)
    router = Router()
    with dbs.journal.read() as tx:
        pipeline = BatchPipeline(
            tx, router.find, ZoneInfo("Asia/Shanghai"), b"marker", router.on_memory_changed
        )
    pipeline.queued = False
    spent = {True: 0.0, False: 0.0}
    rounds = max(SLICES, count // BATCH)
    for turn in track(range(rounds), "mutating", disable=count < 100_000):
        _keep(dbs, pipeline, [mutated(chance, sown) for _ in range(BATCH)], outcome)
        outcome.mutated += BATCH
        if turn % MEASURE_EACH == 0:
            for alone in (turn % 2 == 0, turn % 2 != 0):
                frames = list(_good_ones(chance, sown, alone, outcome))
                started = time.process_time()
                _keep(dbs, pipeline, frames, outcome)
                spent[alone] += time.process_time() - started
        if turn % max(1, rounds // SLICES) == 0:
            outcome.rss_mb.append(psutil.Process().memory_info().rss / 1e6)
            _trim(dbs)
    half = outcome.good / 2
    outcome.alone_per_s, outcome.beside_per_s = half / spent[True], half / spent[False]
    with dbs.journal.read() as tx:
        query = select(func.sum(rejected_counts.c.count)).where(rejected_counts.c.reason == "decoder_failed")
        outcome.failed_decoders = int(tx.execute(query).scalar() or 0)
        if outcome.failed_decoders:
            outcome.errors += _failures(dbs)
    dbs.close()
    return outcome


def _good_ones(
    chance: random.Random, sown: list[tuple[bytes, bytes]], alone: bool, outcome: Outcome
) -> Iterator[Frame]:
    now = time.time_ns() // 1_000_000
    for index in range(BATCH):
        if index % BROKEN_EACH:
            outcome.good += 1
            yield good(outcome.good, now)
        elif not alone:
            yield mutated(chance, sown)


def _keep(dbs: Databases, pipeline: BatchPipeline, frames: Frames, outcome: Outcome) -> None:
    try:
        with dbs.journal.write() as tx:
            batch = pipeline.process(tx, frames, time.time_ns() // 1_000_000)
        acknowledged = batch.on_committed()
        if len(acknowledged) != len(frames):
            raise AssertionError(f"{len(acknowledged)} of {len(frames)} acknowledged")
    except Exception as error:  # noqa: BLE001 - what must never happen is what is counted
        outcome.raised += 1
        outcome.errors.append(repr(error)[:300])


def _trim(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        last = journal.last_seq(tx)
        for follower in journal.FOLLOWERS:
            journal.report_offset(tx, follower, last, 0)
        while journal.trim(tx, 1 << 62):
            pass


def _failures(dbs: Databases) -> list[str]:
    from store.decoding import rejected

    with dbs.journal.read() as tx:
        return [f"{row.topic}: {row.detail} {row.payload[:200]!r}" for row in rejected.rejected(tx, 20)
                if row.reason == "decoder_failed"]  # fmt: skip


@dataclass(frozen=True)
class Alongside:
    """Good messages a second that came into the journal, and their lag (p95, ms)."""

    per_s: float
    lag_ms: float


def alongside(folder: Path, broken_per_s: int, seconds: float = 15.0) -> Alongside:
    """The listener as a process, a real broker, `GOOD_PER_S` good messages a second."""
    broker = Broker(folder / "mosquitto").start()
    dbs = Databases(folder)
    create(dbs)
    services = Services(folder, broker.port)
    stream = Stream(broker.port, GOOD_PER_S)
    stop = threading.Event()
    breaking = threading.Thread(target=_break, args=(broker.port, broken_per_s, stop), daemon=True)
    try:
        services.start("ingest")
        until(lambda: beating(dbs), "the listener's heartbeat")
        breaking.start()
        stream.start()
        time.sleep(3)
        began, before = time.monotonic(), _good_kept(dbs)
        time.sleep(seconds)
        took, kept = time.monotonic() - began, _good_kept(dbs) - before
        with dbs.journal.read() as tx:
            lags = [
                latest.received_at - latest.at
                for latest in latest_values(tx, OffsetTable())
                if _is_good(latest.device)
            ]
    finally:
        stop.set()
        stream.stop()
        services.stop()
        broker.stop()
        dbs.close()
    return Alongside(kept / took, float(statistics.quantiles(lags, n=20)[-1]))


def _break(port: int, per_s: int, stop: threading.Event) -> None:
    chance, sown = random.Random(1), seeds()
    while not stop.is_set():
        started = time.monotonic()
        frames = [mutated(chance, sown) for _ in range(per_s // 10)]
        sendable = [(frame[0].decode("utf-8", "replace"), frame[1]) for frame in frames]
        messages = [(topic, body) for topic, body in sendable if topic and not set(topic) & set("+#\0")]
        with suppress(OSError):
            for _ in flood(port, messages):
                pass
        stop.wait(max(0.0, 0.1 - (time.monotonic() - started)))


def _is_good(device: str) -> bool:
    return device.startswith("probe-")


def _good_kept(dbs: Databases) -> int:
    """Temperatures of good probes in the journal; each message has one."""
    with dbs.journal.read() as tx:
        series_by_id = all_series(tx)
        wanted = {
            n
            for n, series in series_by_id.items()
            if series.metric == "temperature" and _is_good(series.device)
        }
        rows = journal.read_after(tx, 0, most=1_000_000)
    bodies = (decode_batch(row.body) for row in rows if row.kind == journal.READINGS)
    return sum(reading.series in wanted for body in bodies for reading in body.readings)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, Path(folder))
    print(f"families: {len(FAMILIES)}, seeds: {len(seeds())}")
    print(f"mutated {outcome.mutated:,}, good {outcome.good:,}")
    print(f"exceptions in the loop {outcome.raised}, decoders that failed {outcome.failed_decoders}")
    print("memory MB:", " ".join(f"{megabytes:.0f}" for megabytes in outcome.rss_mb))
    print(f"growth in the second half {outcome.growth_mb:.1f} MB")
    rates = (
        f"{outcome.alone_per_s:,.0f}/s alone, {outcome.beside_per_s:,.0f}/s with one of {BROKEN_EACH} broken"
    )
    print(f"good messages: {rates}, ratio {outcome.slowdown:.2f}")
    for error in outcome.errors[:20]:
        print(error)
    for broken in (0, BROKEN_PER_S):
        with tempfile.TemporaryDirectory() as folder:
            kept = alongside(Path(folder), broken)
        print(f"{broken} broken a second: {kept.per_s:,.0f} good ones a second, lag p95 {kept.lag_ms:.0f} ms")


if __name__ == "__main__":
    main()
