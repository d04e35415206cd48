"""Which probe speaks for which room: as of a time, with its calibration, and never of a room it has left."""

from alerts.room_config import ProbeGroup, RoomConfig
from core.readings.calibrations import NewCalibration, OffsetStep
from core.readings.readings import Reading
from core.rooms.places import NewPlacement
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.journal import series
from store.readings import calibrations
from store.rooms import places
from tests.alerts.village import LIMIT, T0, Village

AIR = ("temperature", "air")


def read(dbs: Databases, at: int | None = None) -> RoomConfig:
    config = RoomConfig()
    with dbs.journal.read() as tx:
        all_series = list(series.all_series(tx).values())
    with dbs.records.read() as tx:
        config.read(tx, at, all_series)
    return config


def move(village: Village, device: str, room: int, spot: str, at: int) -> None:
    with village.dbs.records.write() as tx:
        places.place(tx, at, NewPlacement(device=device, position="", room=room, spot=spot))


def series_of(village: Village, device: str) -> int:
    with village.dbs.journal.read() as tx:
        return next(row.id for row in series.all_series(tx).values() if row.device == device)


def test_a_moved_probe_belongs_to_each_room_in_its_time(village: Village) -> None:
    other, probe = village.another_room("3号库"), series_of(village, "a")
    move(village, "a", other, "pile", T0 + DAY_MS)
    before, after = read(village.dbs, T0 + DAY_MS - 1), read(village.dbs, T0 + DAY_MS)
    assert before.placed[probe].group == (village.room, *AIR)
    assert (after.placed[probe].group, after.placed[probe].valid_from) == (
        (other, "temperature", "core"),
        T0 + DAY_MS,
    )
    assert (village.room, *AIR) not in after.groups
    assert read(village.dbs).placed == after.placed, "without a time: the current placements"


def test_a_probe_that_was_taken_away_is_in_no_group(village: Village) -> None:
    with village.dbs.records.write() as tx:
        places.end_placement(tx, T0 + HOUR_MS, "a", "", T0 + HOUR_MS)
    assert read(village.dbs).placed == {}
    assert read(village.dbs, T0).placed != {}


def test_every_metric_of_a_device_has_its_own_group_and_others_none(village: Village) -> None:
    with village.dbs.journal.write() as tx:
        humidity = series.get_or_make(tx, "a", "humidity", "", T0)
        series.get_or_make(tx, "a", "humidity", "second", T0)
        series.get_or_make(tx, "nowhere", "temperature", "", T0)
    config = read(village.dbs)
    assert {series_id: probe.group for series_id, probe in config.placed.items()} == {
        series_of(village, "a"): (village.room, *AIR),
        humidity: (village.room, "humidity", "air"),
    }


def test_two_probes_of_a_class_share_a_group(village: Village) -> None:
    second = village.probe("b", village.room, "back")
    config = read(village.dbs)
    probes = config.groups[ProbeGroup(village.room, *AIR)]
    assert {(probe.series, probe.spot) for probe in probes} == {
        (series_of(village, "a"), "door"),
        (second, "back"),
    }


def test_a_calibration_is_of_its_own_metric_and_keeps_the_earlier_step(village: Village) -> None:
    with village.dbs.journal.write() as tx:
        humidity = series.get_or_make(tx, "a", "humidity", "", T0)
    with village.dbs.records.write() as tx:
        for hours, offset in ((0, 0.3), (24, 0.5)):
            calibrations.calibrate(
                tx,
                T0 + hours * HOUR_MS,
                NewCalibration(
                    device="a", position="", metric="temperature", offset=offset, method="ice", by=None
                ),
            )
    config = read(village.dbs)
    assert config.placed[series_of(village, "a")].steps == (
        OffsetStep(T0, 0.3),
        OffsetStep(T0 + DAY_MS, 0.5),
    )
    assert config.placed[humidity].steps == ()


def test_an_empty_room_is_empty_until_it_is_opened(village: Village) -> None:
    other = village.another_room("3号库")
    with village.dbs.records.write() as tx:
        places.declare_empty(tx, T0, other, None)
    config = read(village.dbs)
    assert (config.empty, set(config.rooms)) == ({other}, {village.room, other})
    with village.dbs.records.write() as tx:
        places.mark_in_use(tx, T0, other)
    assert read(village.dbs).empty == set()


def test_limits_are_of_their_room_and_class(village: Village) -> None:
    config = read(village.dbs)
    assert set(config.limits) == {(village.room, *AIR)}
    assert config.limits[ProbeGroup(village.room, *AIR)].safe_high == LIMIT.safe_high


def test_a_new_series_makes_the_configuration_outdated(village: Village) -> None:
    config, last = read(village.dbs), series_of(village, "a")
    assert not config.lacks_series_of([])
    assert not config.lacks_series_of([Reading(last, T0, 4.0)])
    assert config.lacks_series_of([Reading(last, T0, 4.0), Reading(last + 1, T0, 4.0)])
