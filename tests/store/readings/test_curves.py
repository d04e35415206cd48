"""Curves of devices and rooms, from a real history."""

import pytest

from core.readings.readings import Flag, Reading
from core.readings.rollups import Bucket
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.readings.curve_query import Curve, CurveQuery
from store.readings.curves import device_curve, room_curve
from store.rooms.tables import placements, rooms, sites

T0 = 1_767_225_600_000  # 2026-01-01T00:00Z
HALF = MINUTE_MS // 2


class Farm:
    """A history with two rooms, where probes can be placed and readings written."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        self.history = SqliteHistory(dbs.history)
        with dbs.records.write() as tx:
            tx.execute(sites.insert().values(id=1, name="库区"))
            for number in (1, 2):
                tx.execute(rooms.insert().values(id=number, site=1, name=f"{number}号库", kind="cold_room"))

    def series(self, device: str, position: str = "", metric: str = "temperature") -> int:
        with self.dbs.journal.write() as tx:
            return get_or_make(tx, device, metric, position, T0)

    def write(self, device: str, start: int, end: int, every: int, value: float, position: str = "") -> None:
        series = self.series(device, position)
        self.history.import_points(Reading(series, at, value) for at in range(start, end, every))

    def place(
        self, device: str, room: int, spot: str, start: int, end: int | None = None, position: str = ""
    ) -> None:
        with self.dbs.records.write() as tx:
            tx.execute(
                placements.insert().values(
                    device=device, position=position, room=room, spot=spot, valid_from=start, valid_to=end
                )
            )

    def device(self, device: str, start: int, end: int, points: int = 1000) -> Curve:
        return device_curve(
            self.dbs,
            self.history,
            device,
            CurveQuery(metric="temperature", start=start, end=end, points=points),
        )

    def room(
        self,
        room: int,
        start: int,
        end: int,
        points: int = 1000,
        position_class: str | None = None,
        position: str | None = None,
    ) -> Curve:
        return room_curve(
            self.dbs,
            self.history,
            room,
            CurveQuery(
                metric="temperature",
                start=start,
                end=end,
                points=points,
                position_class=position_class,
                position=position,
            ),
        )


@pytest.fixture
def farm(dbs: Databases) -> Farm:
    return Farm(dbs)


def values(curve: Curve) -> set[float]:
    return {value for point in curve.points for value in (point.min, point.mean, point.max)}


def test_a_short_window_shows_the_points_themselves(farm: Farm) -> None:
    farm.write("a", T0, T0 + HOUR_MS, MINUTE_MS, 3.5)
    curve = farm.device("a", T0, T0 + 30 * MINUTE_MS)
    assert (curve.metric, curve.unit, curve.step_s, curve.completeness) == ("temperature", "°C", None, 1.0)
    assert curve.points == [Bucket(T0 + i * MINUTE_MS, 3.5, 3.5, 3.5, 1) for i in range(30)]


@pytest.mark.parametrize(
    ("days", "points", "step_s"),
    [(1, 3000, None), (1, 1000, 300), (7, 1000, 900), (7, 2100, 300), (30, 1000, 3600), (365, 1000, 43_200)],
)
def test_it_takes_the_narrowest_step_that_gives_few_enough_points(
    farm: Farm, days: int, points: int, step_s: int | None
) -> None:
    farm.write("a", T0, T0 + min(days, 7) * DAY_MS, HALF, 4.0)
    farm.write("a", T0 + days * DAY_MS - HOUR_MS, T0 + days * DAY_MS, HALF, 4.0)
    curve = farm.device("a", T0, T0 + days * DAY_MS, points)
    assert curve.step_s == step_s
    assert 0 < len(curve.points) <= points


def test_three_minutes_of_warmth_are_seen_in_the_chart_of_a_year(farm: Farm) -> None:
    farm.write("a", T0, T0 + 365 * DAY_MS, 10 * MINUTE_MS, 4.0)
    spike = T0 + 200 * DAY_MS + 5 * HOUR_MS + 17 * MINUTE_MS
    farm.write("a", spike, spike + 3 * MINUTE_MS, HALF, 19.5)
    curve = farm.device("a", T0, T0 + 365 * DAY_MS)
    assert len(curve.points) <= 1000
    hot = [point for point in curve.points if point.max > 4.0]
    assert [(point.at <= spike < point.at + (curve.step_s or 0) * 1000, point.max) for point in hot] == [
        (True, 19.5)
    ]
    assert hot[0].min == 4.0
    assert sum(point.count for point in curve.points) == 365 * 144 + 6


@pytest.mark.parametrize("points", [5000, 1000, 10])
def test_a_gap_stays_a_gap_and_lowers_completeness(farm: Farm, points: int) -> None:
    farm.write("a", T0, T0 + DAY_MS, HALF, 4.0)
    farm.write("a", T0 + 2 * DAY_MS, T0 + 4 * DAY_MS, HALF, 4.0)
    curve = farm.device("a", T0, T0 + 4 * DAY_MS, points)
    assert not [point for point in curve.points if T0 + DAY_MS <= point.at < T0 + 2 * DAY_MS]
    assert curve.completeness == pytest.approx(0.75, abs=0.01)


def test_completeness_counts_from_the_first_reading_ever_and_until_now(farm: Farm) -> None:
    farm.write("a", T0 + 5 * DAY_MS, T0 + 7 * DAY_MS, 5 * MINUTE_MS, 4.0)
    assert farm.device("a", T0, T0 + 7 * DAY_MS).completeness == pytest.approx(1.0, abs=0.01)
    assert farm.device("a", T0, T0 + 9 * DAY_MS).completeness == pytest.approx(0.5, abs=0.01)
    curve = device_curve(
        farm.dbs,
        farm.history,
        "a",
        CurveQuery(metric="temperature", start=T0, end=T0 + 9 * DAY_MS, now=T0 + 7 * DAY_MS + MINUTE_MS),
    )
    assert curve.completeness == pytest.approx(1.0, abs=0.01)


def test_a_probe_that_reports_on_the_hour_or_less_is_complete_too(farm: Farm) -> None:
    farm.write("slow", T0, T0 + 100 * DAY_MS, 6 * HOUR_MS, 4.0)
    farm.write("odd", T0, T0 + 100 * DAY_MS, 43 * MINUTE_MS, 4.0)
    for device in ("slow", "odd"):
        assert farm.device(device, T0, T0 + 100 * DAY_MS).completeness == pytest.approx(1.0, abs=0.03)
        assert farm.device(device, T0, T0 + 100 * DAY_MS, 100).completeness == pytest.approx(1.0, abs=0.03)


def test_flagged_readings_are_not_in_a_curve(farm: Farm) -> None:
    farm.write("a", T0, T0 + HOUR_MS, MINUTE_MS, 4.0)
    series = farm.series("a")
    farm.history.write([Reading(series, T0 + HALF, 85.0, int(Flag.IMPLAUSIBLE))], 1, T0)
    assert values(farm.device("a", T0, T0 + HOUR_MS)) == {4.0}
    assert values(farm.device("a", T0, T0 + HOUR_MS, 10)) == {4.0}


def test_what_was_never_heard_of_is_an_empty_curve(farm: Farm) -> None:
    assert farm.device("nobody", T0, T0 + DAY_MS) == Curve("temperature", "°C", None, 0.0, [])
    assert farm.room(1, T0, T0 + DAY_MS) == Curve("temperature", "°C", None, 0.0, [])
    farm.write("a", T0, T0 + HOUR_MS, MINUTE_MS, 4.0)
    assert farm.device("a", T0 - DAY_MS, T0).points == []
    assert farm.device("a", T0 + DAY_MS, T0 + 2 * DAY_MS).points == []
    assert farm.device("a", T0 + DAY_MS, T0 + 2 * DAY_MS).completeness == 0.0
    assert len(farm.device("a", 0, T0 + 1000 * DAY_MS).points) == 60


@pytest.mark.parametrize(("hours", "step_s"), [(2, 60), (48, 300), (24 * 90, 10_800)])
def test_a_room_is_minimum_of_minima_mean_of_means_and_maximum_of_maxima(
    farm: Farm, hours: int, step_s: int
) -> None:
    farm.write("a", T0, T0 + hours * HOUR_MS, HALF, 2.0)
    farm.write("b", T0, T0 + hours * HOUR_MS, HALF if hours < 100 else 10 * MINUTE_MS, 5.0)
    farm.write("pile", T0, T0 + hours * HOUR_MS, 10 * MINUTE_MS, 9.0)
    farm.place("a", 1, "door", T0)
    farm.place("b", 1, "back", T0)
    farm.place("pile", 1, "pile", T0)
    curve = farm.room(1, T0, T0 + hours * HOUR_MS)
    assert curve.step_s == step_s
    assert {(point.min, point.mean, point.max) for point in curve.points} == {(2.0, 3.5, 5.0)}
    assert curve.completeness == pytest.approx(1.0, abs=0.01)
    assert values(farm.room(1, T0, T0 + hours * HOUR_MS, position_class="core")) == {9.0}
    assert values(farm.room(1, T0, T0 + hours * HOUR_MS, position="pile")) == {9.0}
    assert values(farm.room(1, T0, T0 + hours * HOUR_MS, position="door")) == {2.0}
    assert values(farm.room(1, T0, T0 + hours * HOUR_MS, position="b")) == {5.0}


def test_it_narrows_to_one_probe_of_a_device_with_several(farm: Farm) -> None:
    for position, spot, value in (("t1", "door", 1.0), ("t2", "back", 2.0)):
        farm.write("box", T0, T0 + HOUR_MS, MINUTE_MS, value, position)
        farm.place("box", 1, spot, T0, position=position)
    assert values(farm.room(1, T0, T0 + HOUR_MS, position="t2")) == {2.0}
    assert values(farm.room(1, T0, T0 + HOUR_MS, position="box/t1")) == {1.0}
    assert values(farm.room(1, T0, T0 + HOUR_MS, position="box")) == {1.0, 1.5, 2.0}
    assert farm.room(1, T0, T0 + HOUR_MS, position="window").points == []
    curve = device_curve(
        farm.dbs,
        farm.history,
        "box",
        CurveQuery(metric="temperature", start=T0, end=T0 + HOUR_MS, position="t1"),
    )
    assert values(curve) == {1.0}


@pytest.mark.parametrize("points", [100_000, 1000, 400, 20, 2])
def test_a_probe_moved_within_the_hour_does_not_leak_into_the_other_room(farm: Farm, points: int) -> None:
    """It measures 1 °C until the very moment of the move and 20 °C from then on."""
    moved, end = T0 + 3 * DAY_MS + 17 * MINUTE_MS + 11_000, T0 + 6 * DAY_MS
    farm.write("a", T0, moved, 30_000, 1.0)
    farm.write("a", moved, end, 30_000, 20.0)
    farm.place("a", 1, "middle", T0, moved)
    farm.place("a", 2, "middle", moved)
    first, second = farm.room(1, T0, end, points), farm.room(2, T0, end, points)
    assert values(first) == {1.0}
    assert values(second) == {20.0}
    written = len(range(T0, moved, 30_000)) + len(range(moved, end, 30_000))
    counts = [sum(point.count for point in curve.points) for curve in (first, second)]
    assert sum(counts) == written
    assert first.completeness == pytest.approx(1.0, abs=0.01)
    assert second.completeness == pytest.approx(1.0, abs=0.01)


def test_a_probe_that_went_and_came_back_is_one_probe_in_the_mean(farm: Farm) -> None:
    farm.write("a", T0, T0 + 10 * DAY_MS, MINUTE_MS, 2.0)
    farm.write("b", T0, T0 + 10 * DAY_MS, MINUTE_MS, 8.0)
    farm.place("a", 1, "door", T0, T0 + 5 * DAY_MS + 7 * MINUTE_MS)
    farm.place("a", 1, "back", T0 + 5 * DAY_MS + 20 * MINUTE_MS)
    farm.place("b", 1, "middle", T0)
    curve = farm.room(1, T0, T0 + 10 * DAY_MS, 20)
    assert {point.mean for point in curve.points} == {5.0}
    assert sum(point.count for point in curve.points) == 2 * 14_400 - 13


def test_a_silent_probe_lowers_the_completeness_of_its_room(farm: Farm) -> None:
    farm.write("a", T0, T0 + 2 * DAY_MS, MINUTE_MS, 2.0)
    farm.write("b", T0, T0 + DAY_MS, MINUTE_MS, 3.0)
    farm.place("a", 1, "door", T0)
    farm.place("b", 1, "back", T0)
    assert farm.room(1, T0 + DAY_MS, T0 + 2 * DAY_MS).completeness == pytest.approx(0.5, abs=0.01)


def test_where_finer_levels_are_trimmed_the_curve_comes_from_coarser_ones(farm: Farm) -> None:
    farm.write("a", T0, T0 + 20 * DAY_MS, 5 * MINUTE_MS, 2.0)
    for _ in farm.history.trim(T0 + 20 * DAY_MS, 5, 10, None):
        pass
    day = [farm.device("a", T0 + i * DAY_MS, T0 + (i + 1) * DAY_MS) for i in (1, 12, 18)]
    assert [curve.step_s for curve in day] == [3600, 300, None]
    assert [len(curve.points) for curve in day] == [24, 288, 288]
    assert [curve.completeness for curve in day] == [1.0, 1.0, 1.0]
