"""Taking a probe away, replacing it, naming it, and the ice bath: where each stood stays true."""

import pytest

from core.errors import Refused
from core.readings.calibrations import BACK_AFTER, ICE_OVER_AFTER, IceSettling
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import HOUR_MS, MINUTE_MS
from store.catalogue import produce
from store.database import Databases
from store.devices import device_names, ice_baths, probe_removals
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.people import federation
from store.readings.calibrations import calibrations
from store.readings.curve_query import CurveQuery
from store.readings.curves import room_curve
from store.rooms import places

T0 = 1_768_320_000_000
NOW = T0 + 10 * HOUR_MS
STEADY = IceSettling(0.3, True)


@pytest.fixture
def store(dbs: Databases) -> Databases:
    """Room 1 with probe `old` at the door and `wire`/`pile` in the pile."""
    with dbs.records.write() as tx:
        produce.seed(tx, T0)
        village = federation.add_village(tx, T0, "古池村")
        site = federation.add_site(tx, T0, "古池库区", village)
        for name in ("1号库", "2号库"):
            places.add_room(tx, T0, NewRoom(site=site, name=name, kind="cold_room"))
        places.place(tx, T0, NewPlacement(device="old", position="", room=1, spot="door"))
        places.place(tx, T0, NewPlacement(device="wire", position="pile", room=1, spot="pile"))
    return dbs


def where(store: Databases, at: int) -> dict[str, tuple[int, str]]:
    with store.records.read() as tx:
        return {p.device: (p.room, p.spot) for p in places.placements(tx, at=at)}


def test_a_replaced_probe_leaves_its_place_and_the_rooms_curve_goes_on(store: Databases) -> None:
    history = SqliteHistory(store.history)
    with store.journal.write() as tx:
        old, new = (get_or_make(tx, name, "temperature", "", T0) for name in ("old", "new"))
    every = range(T0, T0 + 20 * HOUR_MS, 5 * MINUTE_MS)
    history.import_points(Reading(old, at, 3.0) for at in every)
    history.import_points(Reading(new, at, 4.0 if at >= NOW else 21.0) for at in every)
    with store.records.write() as tx:
        assert probe_removals.replace(tx, NOW, "old", "", "new", "", None).spot == "door"
    assert where(store, NOW - 1)["old"] == (1, "door")
    assert where(store, NOW)["new"] == (1, "door")
    assert "old" not in where(store, NOW)
    for position in (None, "door"):
        curve = room_curve(
            store,
            history,
            1,
            CurveQuery(metric="temperature", start=T0, end=T0 + 20 * HOUR_MS, position=position),
        )
        before = {point.max for point in curve.points if point.at < NOW}
        after = {point.max for point in curve.points if point.at >= NOW}
        assert (before, after, curve.completeness) == ({3.0}, {4.0}, 1.0)
    with store.records.read() as tx:
        (removal,) = probe_removals.retired(tx).values()
        assert (removal.device, removal.new_device, removal.at) == ("old", "new", NOW)
        assert probe_removals.probe_removals(tx, "new") == [removal]


def test_a_replaced_probe_that_is_put_somewhere_again_is_no_longer_retired(store: Databases) -> None:
    with store.records.write() as tx:
        probe_removals.replace(tx, NOW, "old", "", "new", "", None)
        places.place(tx, NOW + 1, NewPlacement(device="old", position="", room=2, spot="back"))
        assert probe_removals.retired(tx) == {}
        probe_removals.take_away(tx, NOW + 2, "old", "", None)
        assert probe_removals.retired(tx) == {}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [("old", "old", "itself"), ("nobody", "new", "not_placed"), ("old", "wire", "placed")],
)
def test_a_replacement_that_cannot_be_changes_nothing(
    store: Databases, old: str, new: str, reason: str
) -> None:
    before = where(store, NOW)
    position = "pile" if new == "wire" else ""
    with pytest.raises(Refused) as refused, store.records.write() as tx:
        probe_removals.replace(tx, NOW, old, "", new, position, None)
    assert refused.value.reason == reason
    assert where(store, NOW + 1) == before


def test_taken_away_twice_is_taken_away_once(store: Databases) -> None:
    with store.records.write() as tx:
        assert probe_removals.take_away(tx, NOW, "old", "", None) is not None
        assert probe_removals.take_away(tx, NOW + 5, "old", "", None) is None
        assert len(probe_removals.probe_removals(tx)) == 1
    assert where(store, NOW - 1)["old"] == (1, "door")
    assert "old" not in where(store, NOW)


def test_a_name_is_given_changed_and_given_back(store: Databases) -> None:
    with store.records.write() as tx:
        device_names.rename(tx, NOW, "old", "  门边  一号 ", None)
        device_names.rename(tx, NOW, "old", "门边二号", None)
        assert {named.name for named in device_names.names(tx).values()} == {"门边二号"}
        for bad in ("长" * 21, "a\u200bb"):
            with pytest.raises(Refused):
                device_names.rename(tx, NOW, "old", bad, None)
        device_names.rename(tx, NOW, "old", "", None)
        assert device_names.names(tx) == {}


# --- ice water -----------------------------------------------------------------------------------


def test_in_ice_water_a_probe_stands_nowhere_and_comes_back_ten_minutes_after(store: Databases) -> None:
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW, "old", "", None)
    assert "old" not in where(store, NOW)
    out = NOW + 11 * MINUTE_MS
    with store.records.write() as tx:
        assert ice_baths.write_zero(tx, out, "old", "", STEADY, None) > 0
        assert ice_baths.in_ice(tx, out) == []
        (done,) = calibrations(tx, "old")
    assert (done.offset, done.measured, done.reference, done.method) == (-0.3, 0.3, 0.0, "ice")
    assert done.valid_from == NOW
    assert "old" not in where(store, out + BACK_AFTER - 1)
    assert where(store, out + BACK_AFTER)["old"] == (1, "door")
    assert where(store, NOW - 1)["old"] == (1, "door")


def test_a_probe_forgotten_in_the_ice_counts_again_after_an_hour(store: Databases) -> None:
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW, "old", "", None)
        ice_baths.put_in(tx, NOW + MINUTE_MS, "old", "", None)
        assert len(ice_baths.in_ice(tx, NOW + MINUTE_MS)) == 1
    later = NOW + ICE_OVER_AFTER
    assert "old" not in where(store, later - 1)
    assert where(store, later)["old"] == (1, "door")
    with store.records.write() as tx:
        assert ice_baths.in_ice(tx, later) == []
        with pytest.raises(Refused) as refused:
            ice_baths.write_zero(tx, later, "old", "", STEADY, None)
        assert refused.value.reason == "not_in_ice"
        ice_baths.take_out(tx, later, "old", "", None)
    assert where(store, later)["old"] == (1, "door")


def test_taken_out_without_writing_anything_down_it_keeps_its_calibration(store: Databases) -> None:
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW, "old", "", None)
        ice_baths.take_out(tx, NOW + MINUTE_MS, "old", "", None)
        assert calibrations(tx) == []
    assert where(store, NOW + MINUTE_MS + BACK_AFTER)["old"] == (1, "door")


def test_a_new_probe_in_the_ice_is_calibrated_without_a_place(store: Databases) -> None:
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW, "new", "", None)
        ice_baths.write_zero(tx, NOW + 10 * MINUTE_MS, "new", "", STEADY, None)
        assert len(calibrations(tx, "new")) == 1
    assert "new" not in where(store, NOW + HOUR_MS)


def test_out_of_the_ice_it_may_be_put_elsewhere_or_replaced_at_once(store: Databases) -> None:
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW, "old", "", None)
        places.place(tx, NOW + MINUTE_MS, NewPlacement(device="old", position="", room=2, spot="back"))
    assert where(store, NOW + MINUTE_MS)["old"] == (2, "back")
    with store.records.write() as tx:
        ice_baths.put_in(tx, NOW + HOUR_MS, "old", "", None)
        probe_removals.replace(tx, NOW + HOUR_MS + MINUTE_MS, "old", "", "new", "", None)
    assert where(store, NOW + HOUR_MS + MINUTE_MS)["new"] == (2, "back")
    assert "old" not in where(store, NOW + 5 * HOUR_MS)
