"""Messages that nobody could read are read once a rule can: once, at their time, and late."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.decoding.rules import from_plain_data as rule_of
from core.errors import StoreError
from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import decode_batch
from core.readings.readings import Flag
from core.times import HOUR_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.decoders import Router
from ingest.lease import Lease
from ingest.redecode import RejectedRedecoder
from ingest.rules.compiled import CompiledRule
from ingest.rules.rule_list import RuleList
from store.database import Databases
from store.decoding import rejected
from store.decoding.tables import rejected_counts
from store.devices.devices import devices
from store.journal import journal
from store.journal.latest import latest_values
from store.journal.series import all_series
from store.processes import this_process

NOW = 1_800_000_000_000
EARLIER = NOW - HOUR_MS
LATE, UNKNOWN = int(Flag.LATE), int(Flag.TIME_UNKNOWN)
RULE: dict[str, object] = {
    "name": "a", "topics": ["farm/{device}/up"], "values": [{"path": "t", "metric": "temperature"}],
    "time": {"paths": ["at"]},
}  # fmt: skip


class World:
    """A listener's parts without its connection."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        self.router = Router()
        self.lease = Lease(this_process())
        with dbs.journal.write() as tx:
            self.lease.acquire(tx, NOW)
            self.pipeline = BatchPipeline(
                tx, self.router.find, ZoneInfo("Asia/Shanghai"), b"m", self.router.on_memory_changed
            )
        self.again = RejectedRedecoder(dbs, self.router, self.lease)

    def kept(self, payload: bytes, at: int = EARLIER, reason: str = "unknown_topic", **options: bool) -> None:
        with self.dbs.journal.write() as tx:
            rejected.add_rejected(tx, at, "farm/box1/up", reason, "", payload, **options)

    def rule(self, **facts: object) -> None:
        self.router.use_rules(RuleList([CompiledRule(rule_of(RULE | facts))], []))

    def run(self, steps: int = 20) -> None:
        for _ in range(steps):
            self.again._due = 0.0
            self.again.step(self.pipeline, NOW)

    def readings(self) -> list[tuple[int, float, int]]:
        with self.dbs.journal.read() as tx:
            rows = journal.read_after(tx, 0)
        return [
            (reading.at, reading.value, reading.flags)
            for row in rows if row.kind == journal.READINGS for reading in decode_batch(row.body).readings
        ]  # fmt: skip

    def left(self) -> list[tuple[str, int]]:
        with self.dbs.journal.read() as tx:
            counted = [(row.reason, row._mapping["count"]) for row in tx.execute(select(rejected_counts))]
            assert sum(1 for _ in rejected.rejected(tx)) <= sum(count for _, count in counted)
            return counted


@pytest.fixture
def world(dbs: Databases) -> World:
    return World(dbs)


def test_it_is_read_with_the_time_of_its_arrival_and_late(world: World) -> None:
    world.kept(b'{"t": 3.4}')
    world.run()
    assert world.readings() == []
    world.rule()
    world.run()
    assert world.readings() == [(EARLIER, 3.4, LATE)]
    assert world.left() == []


def test_its_own_time_counts_where_it_has_one(world: World) -> None:
    own = NOW - 5 * HOUR_MS
    world.kept(b'{"t": 3.4, "at": %d}' % own)
    world.rule()
    world.run()
    assert world.readings() == [(own, 3.4, LATE)]


def test_it_is_read_once_however_often_one_tries(world: World) -> None:
    world.kept(b'{"t": 3.4}')
    world.rule()
    world.run()
    world.rule()
    world.run()
    World(world.dbs).run()
    assert len(world.readings()) == 1


def test_of_many_each_is_read_once_and_two_of_one_moment_stay_two(world: World) -> None:
    for number in range(120):
        world.kept(b'{"t": %d}' % (number % 60), at=EARLIER + number // 2)
    world.rule()
    world.run()
    stored = world.readings()
    assert len(stored) == 100  # so many are kept
    assert len({at for at, _, _ in stored}) == 100
    assert world.left() == []


def test_what_the_rule_cannot_read_stays_as_it_was(world: World) -> None:
    world.kept(b"hello")
    world.kept(b'{"t": 3.4}')
    world.kept(b'{"t": "no"}')
    world.rule()
    world.run()
    assert len(world.readings()) == 1
    assert world.left() == [("unknown_topic", 2)]


def test_a_message_cut_to_four_kilobytes_is_left_alone(world: World) -> None:
    world.kept(b'{"t": 3.4, "x": "' + b"x" * 5000 + b'"}')
    world.rule()
    world.run()
    assert world.readings() == []
    assert world.left() == [("unknown_topic", 1)]


def test_the_good_values_of_a_message_with_a_bad_one_are_not_taken_twice(world: World) -> None:
    world.kept(b'{"t": 3.4}', reason="invalid_value")
    world.rule()
    world.run()
    assert world.readings() == []


def test_a_message_that_the_broker_had_kept_has_an_unknown_time(world: World) -> None:
    world.kept(b'{"t": 3.4}', waited=True)
    world.rule()
    world.run()
    assert world.readings() == [(EARLIER, 3.4, LATE | UNKNOWN)]


def test_nothing_is_lost_or_doubled_where_the_commit_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.kept(b'{"t": 3.4}')
    world.rule()

    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("ingest.redecode.rejected.remove_decoded", fail)
        world.run(3)
    assert world.readings() == []
    assert world.left() == [("unknown_topic", 1)]
    world.run()
    assert len(world.readings()) == 1


def test_without_the_lease_nothing_is_touched(world: World) -> None:
    world.kept(b'{"t": 3.4}')
    with world.dbs.journal.write() as tx:
        world.lease.release(tx)
    world.rule()
    world.run()
    assert world.readings() == []


def test_the_device_was_seen_when_it_spoke_and_live_messages_go_on_in_the_same_series(world: World) -> None:
    world.kept(b'{"t": 3.4}')
    world.rule()
    world.run()
    with world.dbs.journal.write() as tx:
        world.pipeline.queued = False
        world.pipeline.process(tx, [(b"farm/box1/up", b'{"t": 3.5}', 0, 0)], NOW).on_committed()
    with world.dbs.journal.read() as tx:
        (device,) = devices(tx)
        assert (device.id, device.family, device.first_seen) == ("box1", "recipe", EARLIER)
        assert device.last_seen == NOW
        assert len(all_series(tx)) == 1
        (last,) = latest_values(tx, OffsetTable())
        assert (last.value, last.at) == (3.5, NOW)


def test_a_bad_value_beside_a_good_one_is_counted_as_always(world: World) -> None:
    world.kept(b'{"t": 3.4, "u": "ERR"}')
    world.rule(values=[{"path": "t", "metric": "temperature"}, {"path": "u", "metric": "humidity"}])
    world.run()
    assert world.left() == [("invalid_value", 1)]


def test_a_rule_that_says_there_is_nothing_in_it_clears_the_list(world: World) -> None:
    world.kept(b'{"cmd": "login"}')
    world.rule(ignores=["cmd"])
    world.run()
    assert world.readings() == []
    assert world.left() == []
