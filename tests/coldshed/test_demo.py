"""The demo federation in the store, and its past in the history."""

import itertools
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from coldshed import demo
from core.readings.calibrations import OffsetTable
from core.rooms.places import SPOTS
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from simulators import world_file
from simulators.federation import DEMO
from simulators.sampling import channels, value
from simulators.weather import Weather
from simulators.world import World
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import latest, series
from store.notifications import roster
from store.people import federation, people
from store.rooms import limits, places, stock_on_hand

NOW = 1_795_468_812_345
SMALL = replace(DEMO, rooms=tuple(DEMO.room(name) for name in ("1号库", "3号库", "8号棚")))
SMALL_PAST = {days: demo.DemoPast(days=days, federation=SMALL) for days in (2, 3)}


def _hash(password: str) -> str:
    return f"hash of {password}"


def _quietly(_done: int, _total: int) -> None:
    pass


def test_it_seeds_the_whole_federation_once(dbs: Databases) -> None:
    accounts = demo.seed(dbs, NOW, _hash)
    assert demo.seed(dbs, NOW + 1, _hash) == []
    with dbs.records.read() as tx:
        current = federation.federation(tx)
        assert current is not None
        assert current.demo
        assert "演示" in current.name
        assert len(federation.villages(tx)) == 3
        assert len(federation.cooperatives(tx)) == 5
        assert [room.name for room in places.rooms(tx)] == [room.name for room in DEMO.rooms]
        assert len(people.people(tx)) == len(DEMO.people)
        for account in accounts:
            person = people.by_username(tx, account.username)
            assert person is not None
            assert person[1] == _hash(account.password)
    assert {"admin", "manager", "keeper", "clerk", "technician"} == {account.role for account in accounts}


def test_every_account_has_a_password_of_its_own_that_is_new_each_time(dbs: Databases) -> None:
    accounts = demo.seed(dbs, NOW, _hash)
    renewed = demo.new_passwords(dbs, NOW + 1, _hash)
    passwords = [account.password for account in (*accounts, *renewed)]
    assert len(set(passwords)) == len(passwords)
    assert {a.username for a in accounts} == {a.username for a in renewed}
    with dbs.records.read() as tx:
        for account in renewed:
            person = people.by_username(tx, account.username)
            assert person is not None
            assert person[1] == _hash(account.password)


def test_a_real_federation_is_never_touched(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        federation.add_federation(tx, NOW, "真的联合社", "真的")
    assert demo.seed(dbs, NOW, _hash) == []
    assert demo.new_passwords(dbs, NOW, _hash) == []
    with dbs.records.read() as tx:
        assert places.rooms(tx) == []


def test_a_seeding_that_fails_leaves_nothing_and_can_be_done_again(dbs: Databases) -> None:
    broken = replace(DEMO, people=(*DEMO.people, DEMO.people[0]))
    with pytest.raises(ValueError, match="已"):
        demo.seed(dbs, NOW, _hash, wanted=broken)
    with dbs.records.read() as tx:
        assert federation.federation(tx) is None
    assert demo.seed(dbs, NOW, _hash)


def test_every_room_has_its_goods_its_limits_and_somebody_on_duty(dbs: Databases) -> None:
    demo.seed(dbs, NOW, _hash)
    with dbs.records.read() as tx:
        held = stock_on_hand.contents(tx)
        for room in places.rooms(tx):
            described = DEMO.room(room.name)
            kg = sum(grams for _, grams in held.get(room.id, [])) / 1000
            assert kg == sum(goods.kg for goods in described.goods)
            assert bool(limits.current(tx, room.id)) is not described.empty
            assert (room.empty_since is not None) is described.empty
        for site in places.sites(tx):
            for week in range(8):
                assert len(roster.on_duty(tx, site.id, NOW + week * 7 * DAY_MS)) == 1


def test_the_rooms_of_the_first_incidents_tell_within_a_minute_and_say_why(dbs: Databases) -> None:
    demo.seed(dbs, NOW, _hash)
    with dbs.records.read() as tx:
        names = {room.name: room.id for room in places.rooms(tx)}
        for name, seconds in DEMO.hasty.items():
            air = next(
                limit
                for limit in limits.current(tx, names[name])
                if (limit.metric, limit.position_class) == ("temperature", "air")
            )
            assert air.safe_delay_s == seconds <= 60
            assert air.origin == "hand"
            assert "演示" in air.reason


def test_the_board_is_full_before_there_is_a_past(dbs: Databases) -> None:
    demo.seed(dbs, NOW, _hash)
    with dbs.journal.read() as tx:
        values = {
            (value.device, value.position, value.metric): value
            for value in latest.latest_values(tx, OffsetTable())
        }
    for channel in channels(DEMO, demo.SEED):
        latest_value = values[channel.device.id, channel.probe.position, channel.metric]
        assert latest_value.at == NOW
    with dbs.records.read() as tx:
        placed = {(placement.device, placement.position) for placement in places.placements(tx)}
    assert placed == {(device, position) for device, position, _ in values}


def test_the_past_is_whole_and_a_second_time_adds_nothing(dbs: Databases, tmp_path: Path) -> None:
    history = SqliteHistory(dbs.history)
    heard: list[tuple[int, int]] = []
    written = demo.backfill(dbs, history, tmp_path, NOW, lambda *a: heard.append(a), demo=SMALL_PAST[2])
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (2, 2)
    assert demo.backfill(dbs, history, tmp_path, NOW + HOUR_MS, _quietly, demo=SMALL_PAST[2]) == 0
    with dbs.journal.read() as tx:
        series_by_id = series.all_series(tx)
    points = history.points(list(series_by_id), 0, NOW + DAY_MS)
    assert len(points) == written
    air = next(candidate for candidate in series_by_id.values() if candidate.metric == "temperature")
    times = [point.at for point in points if point.series == air.id]
    assert len(times) == 2 * 288 + NOW % HOUR_MS // (5 * MINUTE_MS) - (12 if NOW % HOUR_MS else 0)
    assert {b - a for a, b in itertools.pairwise(times)} == {5 * MINUTE_MS}


def test_an_interrupted_past_is_finished_later_without_a_double(dbs: Databases, tmp_path: Path) -> None:
    history, stop = SqliteHistory(dbs.history), threading.Event()
    demo.backfill(dbs, history, tmp_path, NOW, lambda *_: stop.set(), stop, demo=SMALL_PAST[3])
    kept = world_file.load(tmp_path)
    assert kept is not None
    assert not kept.past_done
    demo.backfill(dbs, history, tmp_path, NOW + 7 * HOUR_MS, _quietly, demo=SMALL_PAST[3])
    kept = world_file.load(tmp_path)
    assert kept is not None
    assert kept.past_done
    with dbs.journal.read() as tx:
        ids = list(series.all_series(tx))
    points = history.points(ids, 0, NOW + DAY_MS)
    assert max(point.at for point in points) <= NOW
    hours = history.rollups(ids[:1], NOW - 2 * DAY_MS, NOW - DAY_MS, HOUR_MS)
    assert all(hour.counted == 12 for hour in hours[1:-1])


@pytest.mark.parametrize("weather", ["now", "january", "april", "july"])
def test_in_ordinary_work_no_room_stays_outside_its_limits_long_enough_to_tell(
    dbs: Databases, weather: str
) -> None:
    demo.seed(dbs, NOW, _hash)
    with dbs.records.read() as tx:
        kept = {room.name: limits.current(tx, room.id) for room in places.rooms(tx)}
    world = World(DEMO, Weather(1, weather), NOW / 1000)
    world.advance(world.seconds + DAY_MS / 2000, step_s=150)
    probe_channels = [c for c in channels(DEMO, 1) if c.metric in ("temperature", "humidity", "co2")]
    outside_for: dict[tuple[str, str, str, str], float] = {}
    for _ in range(720):
        world.advance(world.seconds + 120, step_s=120)
        readings: dict[tuple[str, str, str], list[float]] = {}
        for channel in probe_channels:
            key = (channel.room.name, channel.metric, str(SPOTS[channel.probe.spot][1]))
            readings.setdefault(key, []).append(value(world, channel))
        for (room, metric, cls), values in readings.items():
            for limit in kept[room]:
                if (limit.metric, limit.position_class) != (metric, cls):
                    continue
                for low, high, delay in (
                    (limit.safe_low, limit.safe_high, limit.safe_delay_s),
                    (limit.hard_low, limit.hard_high, limit.hard_delay_s),
                ):
                    bad = (low is not None and min(values) < low) or (high is not None and max(values) > high)
                    place = (room, metric, cls, f"{low}..{high}")
                    outside_for[place] = outside_for.get(place, 0) + 120 if bad else 0
                    assert outside_for[place] <= max(delay, 120), (place, values)
