"""The chart of a room: what every drawing keeps, whatever the readings, limits and alerts are."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.readings.manual_readings import NewManualReading
from core.readings.rollups import Bucket
from core.rooms.limits import Limit
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.readings import manual_readings
from store.readings.curve_query import Curve
from tests.web.builders import NOW, alert_of
from tests.web.scene import Scene
from web.readings.curve_view import (
    GAP_AT_LEAST,
    SPANS,
    alert_spans,
    chart_columns,
    limit_steps,
    manual_marks,
    room_chart,
)

START, END = 100 * HOUR_MS, 200 * HOUR_MS
MOMENTS = st.integers(0, 300 * HOUR_MS)
STEPS = st.sampled_from([None, 300, 3600, 86_400])
VALUES = st.floats(-60, 5_000)


@st.composite
def buckets(draw: st.DrawFn) -> list[Bucket]:
    ats = sorted(draw(st.sets(MOMENTS, max_size=40)))
    return [Bucket(at, value, value, value, 1) for at in ats for value in [draw(VALUES)]]


@given(buckets(), STEPS)
def test_a_curve_goes_forward_and_shows_every_point_once(points: list[Bucket], step_s: int | None) -> None:
    columns = chart_columns(points, step_s)
    assert all(earlier <= later for earlier, later in pairwise(columns.at))
    assert [value for value in columns.mean if value is not None] == [
        round(point.mean, 2) for point in points
    ]
    assert {len(column) for column in columns} == {len(columns.at)}


@given(buckets(), STEPS)
def test_a_gap_is_a_row_without_any_value_between_two_points(
    points: list[Bucket], step_s: int | None
) -> None:
    columns = chart_columns(points, step_s)
    gaps = [number for number, value in enumerate(columns.mean) if value is None]
    for number in gaps:
        assert (columns.low[number], columns.high[number]) == (None, None)
        assert 0 < number < len(columns.at) - 1
        assert columns.mean[number - 1] is not None
        assert columns.mean[number + 1] is not None
    short = [later.at - earlier.at <= GAP_AT_LEAST for earlier, later in pairwise(points)]
    assert len(gaps) <= short.count(False), "two readings that are close together have no gap"


def limit(version: int, valid_from: int, metric: str, position_class: str) -> Limit:
    bounds = (2.0, 7.0, 0.5, 12.0, 1800, 600, 0.3)
    return Limit(3, version, metric, position_class, *bounds, "hand", valid_from=valid_from)


@given(
    st.lists(MOMENTS, max_size=8),
    st.lists(st.sampled_from(["temperature", "co2"]), min_size=8, max_size=8),
    st.lists(st.sampled_from(["air", "core"]), min_size=8, max_size=8),
)
def test_at_every_moment_at_most_one_limit_is_drawn(
    starts: list[int], metrics: list[str], classes: list[str]
) -> None:
    versions = [
        limit(version, start, metrics[version], classes[version])
        for version, start in enumerate(sorted(starts))
    ]
    steps = limit_steps(versions, "temperature", START, END)
    edges = [edge for step in steps for edge in (step["from"] or 0.0, step["to"] or 0.0)]
    assert edges == sorted(edges)
    assert all(START / 1000 <= edge <= END / 1000 for edge in edges)
    assert limit_steps(versions[::-1], "temperature", START, END) == steps, "in whatever order they come"
    drawn = [row for row in versions if (row.metric, row.position_class) == ("temperature", "air")]
    assert bool(steps) == any(row.valid_from < END for row in drawn)


def test_a_limit_without_a_safe_bound_is_drawn_at_its_hard_one() -> None:
    hard = Limit(3, 1, "temperature", "air", None, None, 0.5, None, 1800, 600, 0.3, "hand")
    (step,) = limit_steps([hard], "temperature", START, END)
    assert (step["low"], step["high"]) == (0.5, None)


@given(MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS, st.sampled_from(["temperature", "co2", ""]))
def test_an_alert_is_drawn_inside_the_chart_or_not_at_all(
    since: int, resolved: int | None, closed: int | None, metric: str
) -> None:
    ends = {
        "resolved_at": None if resolved is None else since + resolved,
        "closed_at": None if closed is None else since + closed,
    }
    raised: Any = alert_of({"metric": metric, "since": since, "severity": "critical", **ends})
    spans = alert_spans([raised], "temperature", START, END)
    for span in spans:
        assert START / 1000 <= span["from"] <= span["to"] <= END / 1000  # type: ignore[operator]
    assert not (spans and metric == "co2")


@given(buckets(), buckets(), STEPS)
def test_a_long_view_draws_the_marks_of_a_short_one_that_stand_in_gaps(
    typed: list[Bucket], points: list[Bucket], step_s: int | None
) -> None:
    curve = Curve("temperature", "°C", step_s, 1.0, points)
    every = manual_marks(typed, curve, gaps_only=False)
    assert [mark["at"] for mark in every] == [bucket.at / 1000 for bucket in typed]
    assert manual_marks(typed, curve, gaps_only=True) == [mark for mark in every if mark["gap"]]


# --- the whole answer, over the winter night --------------------------------------------------------


def chart(scene: Scene, name: str, metric: str = "temperature", span: str = "day", cls: str = "air") -> Any:
    return room_chart(scene.dbs, scene.history, scene.rooms.get(name, 99), metric, span, cls, NOW)


def test_the_freezing_room_is_drawn_with_its_limits_and_its_open_alert(shared_scene: Scene) -> None:
    drawn = chart(shared_scene, "3号库")
    assert drawn["limits"][-1]["to"] == NOW / 1000
    assert [(alert["severity"], alert["to"]) for alert in drawn["alerts"]] == [("critical", NOW / 1000)]
    means = [value for value in drawn["mean"] if value is not None]
    assert drawn["lowest"] <= min(means) <= max(means) <= drawn["highest"]


def test_a_silent_time_of_two_hours_is_a_gap(shared_scene: Scene) -> None:
    drawn = chart(shared_scene, "2号库")
    assert None in drawn["mean"]
    assert drawn["completeness"] < 1


def test_goods_are_not_judged_by_the_limits_of_the_air(shared_scene: Scene) -> None:
    assert chart(shared_scene, "3号库", cls="core")["limits"] == []


@pytest.mark.parametrize("span", SPANS)
def test_a_room_without_readings_has_a_chart_with_nothing_in_it(shared_scene: Scene, span: str) -> None:
    drawn = chart(shared_scene, "5号库", metric="co2", span=span)
    assert (drawn["at"], drawn["lowest"], drawn["highest"], drawn["by_hand"]) == ([], None, None, [])
    assert drawn["end"] - drawn["start"] == SPANS[span] / 1000


def test_a_room_that_does_not_exist_has_no_points(shared_scene: Scene) -> None:
    assert chart(shared_scene, "99号库")["at"] == []


def test_a_span_that_is_none_is_an_error_and_not_a_year(shared_scene: Scene) -> None:
    with pytest.raises(KeyError):
        chart(shared_scene, "3号库", span="century")


def test_a_manual_reading_beside_a_probe_is_left_out_of_the_month_but_not_of_the_day(scene: Scene) -> None:
    typed = NewManualReading(
        person=scene.people["keeper"],
        room=scene.rooms["3号库"],
        spot="door",
        values={"temperature": 1.4},
        at=NOW - 20 * MINUTE_MS,
    )
    with scene.dbs.journal.write() as tx:
        recorded = manual_readings.put(tx, NOW, typed).reading
    scene.say(f"person:{recorded.room}", recorded.at, "door", temperature=1.4)
    assert [mark["gap"] for mark in chart(scene, "3号库")["by_hand"]] == [False]
    assert chart(scene, "3号库", span="month")["by_hand"] == []
    assert NOW - recorded.at < DAY_MS
