"""From messages to a journal row: times, flags, repetitions, what cannot be read."""

import json
from collections import Counter
from contextlib import suppress
from math import inf
from zoneinfo import ZoneInfo

import pytest

from core.devices.forgetting import DeviceSelection
from core.errors import DecodeError, StoreError
from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import decode_batch
from core.readings.manual_readings import room_of
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.client import Frames
from ingest.decoder_memory import OnMemoryChanged
from ingest.decoders import Router
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport, Value
from ingest.topic_cache import Find
from store.database import Databases
from store.decoding import rejected
from store.devices import forgetting
from store.devices.devices import devices
from store.journal import journal
from store.journal.latest import latest_values
from store.journal.series import all_series
from tests.support.statements import counted_statements

NOW = 1_800_000_000_000
MARKER = b"marker"


BUGS = {
    b"unknown metric": [DecodedReport("a", [Value("", "warmth", 3.0, None)])],
    b"not finite": [DecodedReport("a", [Value("", "temperature", inf, None)])],
    b"no number": [DecodedReport("a", [Value("", "temperature", "3", None)])],  # type: ignore[arg-type]
    b"no name of a device": [DecodedReport("\ud800", [Value("", "temperature", 3.0, None)])],
    b"no name of a probe": [DecodedReport("a", [Value("\ud800", "temperature", 3.0, None)])],
}
"""What a decoder must not answer."""


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    """`{"at":…, "metric": value, …}` from topic `family/device`; "boom" is a decoder's bug."""
    if payload == b"boom":
        raise ZeroDivisionError("oh")
    if payload in BUGS:
        return BUGS[payload]
    try:
        body = json.loads(payload)
    except ValueError:
        raise DecodeError("not_json") from None
    device = topic.split("/")[1]
    if "online" in body:
        return [DecodedReport(device, online=body["online"])]
    at = body.pop("at", None)
    return [DecodedReport(device, [Value("", metric, value, at) for metric, value in body.items()])]


def find(topic: str) -> tuple[str, Decode] | None:
    return (topic.split("/")[0], decode) if "/" in topic else None


class House:
    """A pipeline and its database; `take` is one socket read."""

    def __init__(self, dbs: Databases, find: Find = find, router: Router | None = None) -> None:
        self.dbs = dbs
        self.find = find
        self.on_memory_changed: OnMemoryChanged = router.on_memory_changed if router else lambda *_: None
        self.restart()

    def restart(self) -> None:
        with self.dbs.journal.read() as tx:
            self.pipeline = BatchPipeline(
                tx, self.find, ZoneInfo("Asia/Shanghai"), MARKER, self.on_memory_changed
            )
        self.pipeline.nonce = b"now"

    def live(self) -> "House":
        self.pipeline.queued = False
        return self

    def take(self, frames: Frames, now: int = NOW) -> list[int]:
        with self.dbs.journal.write() as tx:
            batch = self.pipeline.process(tx, frames, now)
        return batch.on_committed()

    def readings(self) -> list[Reading]:
        with self.dbs.journal.read() as tx:
            rows = [row for row in journal.read_after(tx, 0) if row.kind == "readings"]
        return [reading for row in rows for reading in decode_batch(row.body).readings]


def say(
    body: object, packet_id: int = 1, topic: str = "own/a", *, dup: bool = False, retain: bool = False
) -> tuple[bytes, bytes, int, int]:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    command = 0x30 | (2 if packet_id else 0) | (8 if dup else 0) | (1 if retain else 0)
    return topic.encode(), payload, packet_id, command


@pytest.fixture
def house(dbs: Databases) -> House:
    return House(dbs).live()


def test_a_batch_is_one_row_with_the_newest_values_and_its_acknowledgements(house: House) -> None:
    at = NOW - 1000
    frames = [say({"at": at, "temperature": 3.5, "humidity": 91}, 7), say({"temperature": 4}, 0, "own/b")]
    assert house.take(frames) == [7]
    assert house.readings() == [Reading(1, at, 3.5), Reading(2, at, 91), Reading(3, NOW, 4)]
    with house.dbs.journal.read() as tx:
        assert journal.last_seq(tx) == 1
        assert {(n.device, n.metric, n.value) for n in latest_values(tx, OffsetTable())} == {
            ("a", "temperature", 3.5), ("a", "humidity", 91), ("b", "temperature", 4),
        }  # fmt: skip
        assert [(d.id, d.family, d.last_seen) for d in devices(tx)] == [("a", "own", NOW), ("b", "own", NOW)]


@pytest.mark.parametrize(
    ("at", "stored", "flags", "claimed"),
    [
        (NOW - 10 * MINUTE_MS, NOW - 10 * MINUTE_MS, 0, None),
        (NOW - 10 * MINUTE_MS - 1, NOW - 10 * MINUTE_MS - 1, Flag.LATE, None),
        (NOW - 300 * DAY_MS, NOW - 300 * DAY_MS, Flag.LATE, None),
        (NOW + 5 * MINUTE_MS, NOW + 5 * MINUTE_MS, 0, None),
        (NOW + 8 * HOUR_MS, NOW, Flag.CLOCK_WRONG, NOW + 8 * HOUR_MS),
        (3_786_912_000_000, NOW, Flag.CLOCK_WRONG, 3_786_912_000_000),
        (1000, NOW, Flag.CLOCK_WRONG, 1000),
    ],
)
def test_it_judges_the_time_a_device_claims(
    house: House, at: int, stored: int, flags: int, claimed: int | None
) -> None:
    house.take([say({"at": at, "temperature": 3})])
    assert house.readings() == [Reading(1, stored, 3, flags, claimed)]


def test_a_late_reading_never_becomes_the_newest(house: House) -> None:
    house.take([say({"at": NOW, "temperature": 3})])
    house.take([say({"at": NOW - HOUR_MS, "temperature": 9})], NOW + 1)
    with house.dbs.journal.read() as tx:
        assert [n.value for n in latest_values(tx, OffsetTable())] == [3]


def test_a_value_that_cannot_be_true_is_kept_with_a_flag(house: House) -> None:
    for value in (85.0, -127.0, 900.0):
        house.take([say({"at": NOW, "temperature": value})])
    house.take([say({"at": NOW, "humidity": 140})])
    assert {r.flags for r in house.readings()} == {Flag.IMPLAUSIBLE}


def test_two_messages_without_time_in_one_read_stay_two(house: House) -> None:
    house.take([say({"temperature": 3}, 1), say({"temperature": 4}, 2), say({"temperature": 5}, 3)])
    assert [(r.at - NOW, r.value) for r in house.readings()] == [(0, 3), (1, 4), (2, 5)]


def test_what_waited_at_the_broker_without_a_time_counts_once_and_as_unknown(dbs: Databases) -> None:
    house = House(dbs)
    house.take(
        [say({"temperature": 3}, 1), say({"temperature": 4}, 2), say({"at": NOW, "temperature": 5}, 3)]
    )
    assert house.readings() == [Reading(1, NOW, 4, Flag.TIME_UNKNOWN), Reading(1, NOW, 5)]
    with dbs.journal.read() as tx:
        assert [n.value for n in latest_values(tx, OffsetTable())] == [5]


def test_behind_its_own_marker_everything_is_live(dbs: Databases) -> None:
    house = House(dbs)
    old, new = (MARKER, b"before", 1, 0x32), (MARKER, b"now", 2, 0x32)
    house.take([old, say({"temperature": 3}, 3)])
    house.take([say({"temperature": 4}, 4), new, say({"temperature": 5}, 5)], NOW + 1)
    house.take([say({"temperature": 6}, 6)], NOW + 2)
    assert [(r.value, r.flags) for r in house.readings()] == [
        (3, Flag.TIME_UNKNOWN), (4, Flag.TIME_UNKNOWN), (5, 0), (6, 0),
    ]  # fmt: skip


def test_of_values_of_unknown_time_the_last_is_the_newest_until_one_is_known(dbs: Databases) -> None:
    house = House(dbs)
    for number, value in enumerate((3, 4)):
        house.take([say({"temperature": value}, number + 1)], NOW + number)
    with dbs.journal.read() as tx:
        assert [(n.value, n.flags) for n in latest_values(tx, OffsetTable())] == [(4, Flag.TIME_UNKNOWN)]
    house.take([say({"at": NOW - MINUTE_MS, "temperature": 5}, 3)], NOW + 2)
    house.take([say({"temperature": 6}, 4)], NOW + 3)
    with dbs.journal.read() as tx:
        assert [(n.value, n.flags) for n in latest_values(tx, OffsetTable())] == [(5, 0)]


def test_a_retained_value_without_a_time_is_never_fresh(house: House) -> None:
    house.take([say({"temperature": 3}, 0, retain=True)])
    house.take([say({"at": NOW - 1, "humidity": 90}, 0, retain=True)])
    assert [(r.value, r.flags) for r in house.readings()] == [(3, Flag.TIME_UNKNOWN), (90, 0)]


def test_a_redelivered_message_without_a_time_is_acknowledged_and_dropped(house: House) -> None:
    house.take([say({"temperature": 3}, 5)])
    assert house.take([say({"temperature": 3}, 5, dup=True)], NOW + 1) == [5]
    assert len(house.readings()) == 1


def test_it_knows_a_redelivered_message_after_a_restart(house: House) -> None:
    house.take([say({"temperature": 3}, 5)])
    with house.dbs.journal.read() as tx:
        [row] = journal.read_after(tx, 0)
    house.restart()
    house.live().pipeline.recall(row.seq, decode_batch(row.body))
    house.take([say({"temperature": 3}, 5, dup=True)], NOW + 1)
    assert len(house.readings()) == 1


def test_a_message_with_a_clock_that_is_wrong_counts_as_one_without_time(house: House) -> None:
    house.take([say({"at": 1000, "temperature": 3}, 5)])
    house.take([say({"at": 1000, "temperature": 3}, 5, dup=True)], NOW + 1)
    assert len(house.readings()) == 1


def test_a_time_that_becomes_believable_does_not_make_a_repetition_new(house: House) -> None:
    ahead = say({"at": NOW + 5 * MINUTE_MS + 1, "temperature": 3}, 5)
    house.take([ahead])
    house.take([say({"at": NOW + 5 * MINUTE_MS + 1, "temperature": 3}, 5, dup=True)], NOW + 1000)
    assert [r.at for r in house.readings()] == [NOW]


def test_a_repetition_stays_known_until_its_own_acknowledgement_has_arrived(house: House) -> None:
    house.take([say({"temperature": 3}, 5)])
    house.take([say({"temperature": 3}, 5, dup=True)], NOW + 1)
    house.pipeline.on_confirmed(1)
    house.take([say({"temperature": 3}, 5, dup=True)], NOW + 2)
    assert len(house.readings()) == 1


def test_the_same_value_is_no_repetition_once_the_broker_has_our_acknowledgement(house: House) -> None:
    house.take([say({"temperature": 3}, 5)])
    house.pipeline.on_confirmed(1)
    house.take([say({"temperature": 3}, 5, dup=True)], NOW + 1)
    assert len(house.readings()) == 2


def test_a_second_message_with_the_same_packet_id_is_not_mistaken_for_a_repetition(house: House) -> None:
    house.take([say({"temperature": 3}, 5)])
    house.take([say({"temperature": 4}, 5, dup=True)], NOW + 1)
    house.take([say({"temperature": 4}, 5)], NOW + 2)
    assert [r.value for r in house.readings()] == [3, 4, 4]


def test_what_cannot_be_read_is_acknowledged_kept_and_counted_and_stops_nothing(house: House) -> None:
    bad = [
        say(b"{", 1), say(b"boom", 2), say(b"x" * (1 << 20) + b"y", 3), say(b"{}", 4, "own/c"),
        (b"own/\xff", b"{}", 5, 0x32), (b"own/" + b"x" * 600, b"{}", 6, 0x32),
    ]  # fmt: skip
    assert house.take([*bad, say({"at": NOW, "temperature": 3}, 9)]) == [1, 2, 3, 4, 5, 6, 9]
    assert [r.value for r in house.readings()] == [3]
    with house.dbs.journal.read() as tx:
        reasons = sorted(count.reason for count in rejected.counts(tx) for _ in range(count.times))
        assert reasons == ["bad_topic", "bad_topic", "decoder_failed", "not_json", "too_large"]
        assert max(len(message.payload) for message in rejected.rejected(tx)) == 4096


@pytest.mark.parametrize("bug", BUGS)
def test_what_a_decoder_must_not_answer_stops_nothing(house: House, bug: bytes) -> None:
    assert house.take([say(bug, 1), say({"at": NOW, "humidity": 90}, 2)]) == [1, 2]
    assert [r.value for r in house.readings()] == [90]
    with house.dbs.journal.read() as tx:
        assert [(count.topic, count.times) for count in rejected.counts(tx)] == [("own/a", 1)]


@pytest.mark.parametrize("text", ['{"at": "\\ud8000000000000000", "humidity": 90}', '{"\\udfff": 1}'])
def test_half_a_surrogate_pair_in_a_message_stops_nothing(dbs: Databases, text: str) -> None:
    house = House(dbs, Router().find).live()
    topic = "coldshed/v1/a/readings"
    assert house.take([say(text.encode(), 1, topic), say({"humidity": 90}, 2, topic)]) == [1, 2]
    assert [r.value for r in house.readings()] == [90]


def test_a_flood_of_names_of_probes_leaves_room_for_other_devices(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.series_registry.SERIES_OF_A_DEVICE", 5)
    house.find = lambda _: ("own", flood)

    def flood(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        names = [""] if payload == b"b" else [f"probe {payload!r} {number}" for number in range(20)]
        return [DecodedReport(topic, [Value(name, "temperature", 3, NOW) for name in names])]

    house.restart()
    for payload, topic in ((b"1", "a"), (b"2", "a"), (b"b", "b")):
        house.take([say(payload, 1, topic)])
    house.restart()
    house.take([say(b"3", 1, "a")])
    with house.dbs.journal.read() as tx:
        assert Counter(s.device for s in all_series(tx).values()) == {"a": 5, "b": 1}
        assert [(count.reason, count.times) for count in rejected.counts(tx)] == [("too_many", 55)]


def test_a_flood_of_names_of_devices_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.device_registry.DEVICES_AT_MOST", 3)
    for number in range(6):
        house.take([say({"at": NOW, "humidity": number}, 1, f"own/{number}")])
    house.take([say({"at": NOW + 1, "humidity": 9}, 1, "own/0")])
    assert [r.value for r in house.readings()] == [0, 1, 2, 9]


def test_a_flood_of_bad_topics_is_counted_together_and_holds_nobody_up(house: House) -> None:
    for part in range(3):
        with counted_statements() as statements:
            house.take([say(b"{", 1, f"own/{part}-{number}") for number in range(2000)])
    assert 0 < len(statements) < 100, "topics beyond KEEP_TOPICS cost no statements of their own"
    with house.dbs.journal.read() as tx:
        counts = {count.topic: count.times for count in rejected.counts(tx)}
        kept = rejected.rejected(tx, limit=10_000)
    assert len(counts) == rejected.KEEP_TOPICS + 1
    assert counts[rejected.OTHER] == 4000
    assert sum(message.topic == rejected.OTHER for message in kept) == rejected.KEEP_EACH


def test_a_flood_of_bad_messages_keeps_a_hundred_and_counts_all(house: House) -> None:
    for part in range(3):
        house.take([say(b"bad %d" % (part * 200 + i), i + 1) for i in range(200)])
    with house.dbs.journal.read() as tx:
        [count] = rejected.counts(tx)
        kept = rejected.rejected(tx, limit=1000)
    assert count.times == 600
    assert [message.payload for message in kept] == [b"bad %d" % i for i in range(599, 499, -1)]


def test_two_families_that_use_one_name_stay_two_devices(house: House) -> None:
    house.take(
        [say({"at": NOW, "temperature": 3}, 1, "own/a"), say({"at": NOW, "temperature": 9}, 2, "other/a")]
    )
    house.take([say({"at": NOW, "temperature": 10}, 2, "other/a")])
    with house.dbs.journal.read() as tx:
        assert {s.device for s in all_series(tx).values()} == {"a", "other:a"}


def test_hardware_cannot_speak_as_a_person(house: House) -> None:
    for packet in (1, 2):
        house.take([say({"at": NOW, "temperature": 3}, packet, "own/person:3")])
    with house.dbs.journal.read() as tx:
        [series] = all_series(tx).values()
    assert series.device.endswith(":person:3")
    assert room_of(series.device) is None


def test_availability_is_kept_without_a_reading(house: House) -> None:
    house.take([say({"online": False})])
    with house.dbs.journal.read() as tx:
        assert [(d.id, d.online, d.online_at) for d in devices(tx)] == [("a", False, NOW)]
        assert journal.last_seq(tx) == 0


def test_a_batch_that_was_not_committed_leaves_nothing_behind(house: House) -> None:
    with house.dbs.journal.write() as tx:
        house.pipeline.process(tx, [say({"temperature": 3}, 5)], NOW)
        tx.rollback()  # as if the power had gone
    house.take([say({"temperature": 3}, 5, dup=True)], NOW + 1)
    [kept] = house.readings()
    assert kept.value == 3
    with house.dbs.journal.read() as tx:
        assert list(all_series(tx)) == [kept.series]


FAMILY = (("learning", "tests.ingest.learning"),)


def learning(dbs: Databases) -> tuple[House, Router]:
    router = Router(FAMILY)
    return House(dbs, router.find, router).live(), router


def test_a_bare_number_means_what_a_message_before_it_said_also_after_a_restart(dbs: Databases) -> None:
    house, router = learning(dbs)
    house.take([say(b"shed/temp", 1, "learn/s1/means")])
    assert router.filters()[-1] == "shed/temp"
    house.take([say(b"3.5", 2, "shed/temp")])
    restarted, router = learning(dbs)
    assert router.filters()[-1] == "shed/temp"
    restarted.take([say(b"4.5", 3, "shed/temp")])
    assert [reading.value for reading in house.readings()] == [3.5, 4.5]


def take_in_vain(house: House, frames: Frames) -> None:
    with house.dbs.journal.write() as tx:
        house.pipeline.process(tx, frames, NOW)
        raise StoreError("the disk is full")


def test_what_was_learned_in_a_batch_that_was_not_kept_is_forgotten(dbs: Databases) -> None:
    house, router = learning(dbs)
    with suppress(StoreError):
        take_in_vain(house, [say(b"shed/temp", 1, "learn/s1/means")])
    house.take([say(b"s2@gw", 1, "learn/s2/about")])
    assert "shed/temp" not in router.filters()
    assert "shed/temp" not in learning(dbs)[1].filters()


def test_a_topic_that_is_taken_back_is_not_wanted_any_more(dbs: Databases) -> None:
    house, router = learning(dbs)
    house.take([say(b"shed/temp", 1, "learn/s1/means")])
    version = router.version
    house.take([say(b"shed/temp", 2, "learn/s1/gone")])
    assert router.version > version
    assert "shed/temp" not in learning(dbs)[1].filters()


def test_names_gateways_and_removal_are_kept_with_the_device(dbs: Databases) -> None:
    house, _ = learning(dbs)
    house.take([say("3号库@gw1".encode(), 1, "learn/s1/about")])
    house.take([say(b"@gw2", 2, "learn/s1/about")], NOW + 1000)
    with dbs.journal.read() as tx:
        (device,) = devices(tx)
    assert (device.name, device.gateway, device.removed_at) == ("3号库", "gw1", None)
    house.take([say(b"@gw2", 3, "learn/s1/about")], NOW + 2 * MINUTE_MS)
    house.take([say(b"removed", 4, "learn/s1/about")], NOW + 3 * MINUTE_MS)
    with dbs.journal.read() as tx:
        (device,) = devices(tx)
    assert (device.gateway, device.online, device.removed_at) == ("gw2", False, NOW + 3 * MINUTE_MS)
    house, _ = learning(dbs)
    house.take([say(b"back", 5, "learn/s1/about")], NOW + 4 * MINUTE_MS)
    with dbs.journal.read() as tx:
        (device,) = devices(tx)
    assert (device.name, device.online, device.removed_at) == ("3号库", True, None)


def test_a_message_that_nobody_can_read_yet_makes_the_device_known_and_is_shown(dbs: Databases) -> None:
    house, _ = learning(dbs)
    house.take([say(b"raw", 1, "learn/s1/about")])
    with dbs.journal.read() as tx:
        assert [device.id for device in devices(tx)] == ["s1"]
        assert [(row.reason, row.detail) for row in rejected.rejected(tx)] == [("needs_codec", "s1")]


def test_what_should_be_said_to_a_device_is_said_once_the_batch_is_kept(dbs: Databases) -> None:
    house, _ = learning(dbs)
    with dbs.journal.write() as tx:
        batch = house.pipeline.process(tx, [say(b"shed/temp", 1, "learn/s1/means")], NOW)
    assert batch.commands == [("learn/s1/ask", b"again")]


def test_a_forgotten_device_is_new_without_a_restart_and_gets_other_numbers(house: House) -> None:
    house.take(
        [say({"at": NOW, "temperature": 3}, 1, "own/a"), say({"at": NOW, "temperature": 9}, 2, "own/b")]
    )
    forgetting.forget(house.dbs, DeviceSelection(names=frozenset(["a"])), lambda: NOW)
    house.take([say({"at": NOW + 1, "temperature": 4}, 1, "own/a")])
    with house.dbs.journal.read() as tx:
        assert {row.device: number for number, row in all_series(tx).items()} == {"b": 2, "a": 3}
        assert [row.id for row in devices(tx)] == ["a", "b"]
        assert {value.value for value in latest_values(tx, OffsetTable())} == {4, 9}


def test_what_was_forgotten_makes_room_for_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.device_registry.devices_at_most", lambda _: 2)
    monkeypatch.setattr("ingest.series_registry.series_at_most", lambda _: 2)
    for device in "abc":
        house.take([say({"at": NOW, "temperature": 3}, 1, f"own/{device}")])
    forgetting.forget(house.dbs, DeviceSelection(login="own/#"), lambda: NOW)
    for device in "cd":
        house.take([say({"at": NOW + 1, "temperature": 3}, 1, f"own/{device}")])
    with house.dbs.journal.read() as tx:
        assert {row.device for row in all_series(tx).values()} == {"c", "d"}
