from typing import Any

from core.readings.rollups import Bucket
from core.times import HOUR_MS, MINUTE_MS
from store.readings.curve_query import Curve
from tests.web.builders import alert_of
from web.readings.curve_view import alert_spans, chart_columns, limit_steps, manual_marks


def bucket(at: int, value: float = 4.0) -> Bucket:
    return Bucket(at, value, value, value, 1)


def curve(*ats: int) -> Curve:
    return Curve("temperature", "°C", None, 1.0, [bucket(at) for at in ats])


def raised(**facts: object) -> Any:
    usual = {
        "metric": "temperature",
        "since": 0,
        "resolved_at": None,
        "closed_at": None,
        "severity": "warning",
    }
    return alert_of({**usual, **facts})


def test_an_alert_that_is_still_open_reaches_to_the_end_of_the_chart() -> None:
    assert alert_spans([raised(since=2_000)], "temperature", 0, 9_000) == [
        {"from": 2.0, "to": 9.0, "severity": "warning"}
    ]


def test_an_alert_of_another_metric_or_another_time_is_not_drawn() -> None:
    others = [
        raised(metric="co2"),
        raised(since=0, resolved_at=500),
        raised(since=9_500),
    ]
    assert alert_spans(others, "temperature", 1_000, 9_000) == []


def test_silence_is_drawn_in_every_chart() -> None:
    assert alert_spans([raised(metric="", resolved_at=5_000)], "humidity", 1_000, 9_000) == [
        {"from": 1.0, "to": 5.0, "severity": "warning"}
    ]


def test_a_reading_by_hand_in_a_gap_stands_for_the_room() -> None:
    drawn = curve(0, 5 * MINUTE_MS, 10 * MINUTE_MS, 3 * HOUR_MS)
    marks = manual_marks([bucket(HOUR_MS), bucket(6 * MINUTE_MS)], drawn, gaps_only=False)
    assert [mark["gap"] for mark in marks] == [True, False]


def test_in_a_long_view_only_marks_in_gaps_are_drawn() -> None:
    drawn = curve(0, 5 * MINUTE_MS, 10 * MINUTE_MS, 3 * HOUR_MS)
    marks = manual_marks([bucket(HOUR_MS), bucket(6 * MINUTE_MS)], drawn, gaps_only=True)
    assert [mark["at"] for mark in marks] == [3600.0]


def test_a_reading_by_hand_is_shown_where_there_is_no_probe_at_all() -> None:
    assert manual_marks([bucket(HOUR_MS)], curve(), gaps_only=True)[0]["gap"]


def test_no_limit_is_drawn_over_a_time_without_one() -> None:
    assert limit_steps([], "temperature", 0, 9_000) == []


def test_every_column_of_a_chart_is_equally_long() -> None:
    columns = chart_columns([bucket(0), bucket(HOUR_MS), bucket(2 * HOUR_MS)], 300)
    assert {len(column) for column in columns} == {5}
