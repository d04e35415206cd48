"""Units and types of the answers, and times as they come and go."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from api.curves import CurveRequest
from api.problems import Problem, language, status_of
from api.shapes import (
    CooperativeRef,
    Flags,
    Kg,
    LimitOut,
    PersonRef,
    ProbeName,
    ProduceName,
    RowOut,
    Unit,
    flag_names,
    grams,
    reading_out,
    unit_of,
)
from api.times import Time, iso, parse
from core.errors import Refused
from core.readings.readings import Flag
from core.rooms.limits import Limit
from core.rooms.places import Placement
from core.times import DAY_MS
from store.journal.latest import LatestValue

NOW = 1_768_360_786_000


@dataclass
class Row:
    grams: int = 1_500
    metric: str = "temperature"
    flags: int = int(Flag.STUCK | Flag.LATE)
    position: str = ""
    at: int = NOW
    by: int | None = 4
    cooperative: int = 2
    produce: str = "potato_table"


class RowShape(RowOut):
    kg: Kg
    unit: Unit
    flags: Flags
    position: ProbeName
    at: Time
    by: PersonRef | None
    cooperative: CooperativeRef
    name: ProduceName


NAMES = {"people": {4: "任师傅"}, "cooperatives": {}, "produce": {"potato_table": "土豆"}}


def test_a_row_becomes_an_answer_with_units_and_names() -> None:
    shape = RowShape.model_validate(Row(), context=NAMES)
    assert shape.model_dump(mode="json") == {
        "kg": 1.5,
        "unit": "°C",
        "flags": ["stuck", "late"],
        "position": None,
        "at": "2026-01-14T03:19:46Z",
        "by": {"id": 4, "name": "任师傅"},
        "cooperative": {"id": 2, "name": ""},
        "name": "土豆",
    }


def test_nobody_stays_nobody_and_unknown_words_stay_as_they_are() -> None:
    row = Row(by=None, metric="moonlight", position="door", produce="unicorn", flags=0)
    shape = RowShape.model_validate(row, context=NAMES)
    assert (shape.by, shape.unit, shape.position, shape.name, shape.flags) == (
        None,
        "",
        "door",
        "unicorn",
        [],
    )


def test_the_description_lists_every_flag() -> None:
    schema = RowShape.model_json_schema(mode="serialization")["properties"]["flags"]
    assert schema["items"]["enum"] == [str(flag.name).lower() for flag in Flag] == flag_names(-1)


def test_an_enum_refuses_a_word_that_nobody_knows() -> None:
    limit = Limit(1, 1, "temperature", "roof", 1, 2, 0, 3, 1, 1, 0.5, "contents")
    with pytest.raises(ValidationError):
        LimitOut.model_validate(limit)


def test_a_reading_without_a_placement_stands_nowhere() -> None:
    latest = LatestValue(1, "probe", "temperature", "", NOW, NOW, 4.0, 0, None, 4.2)
    alone = reading_out(latest, None)
    assert (alone.room, alone.spot, alone.position_class, alone.position) == (None, None, None, None)
    placement = Placement("probe", "", 3, "pile", 0)
    dumped = reading_out(latest, placement).model_dump(mode="json", by_alias=True)
    assert (dumped["room"], dumped["spot"], dumped["class"]) == (3, "pile", "core")
    assert (dumped["value"], dumped["raw"], dumped["unit"]) == (4.0, 4.2, "°C")


@pytest.mark.parametrize(("kg", "whole"), [(1.5, 1500), (0.0001, 1), (0.0015, 2), (10_000_000, 10**10)])
def test_kilograms_become_whole_grams_and_never_none(kg: float, whole: int) -> None:
    assert grams(kg) == whole


def test_a_metric_that_nobody_knows_has_no_unit() -> None:
    assert (unit_of("humidity"), unit_of("nothing")) == ("%", "")


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-01-14T03:19:46Z", NOW),
        ("2026-01-14T11:19:46+08:00", NOW),
        ("2026-01-14T11:19:46 08:00", NOW),
        (" 2026-01-14T03:19:46.120Z ", NOW + 120),
    ],
)
def test_a_time_with_an_offset_is_read(text: str, ms: int) -> None:
    assert parse(text) == ms


@pytest.mark.parametrize(
    "text", ["2026-01-14T03:19:46", "2026-01-14", "now", "", 1_768_360_786, None, "1999-12-31T23:59:59Z"]
)
def test_a_time_without_an_offset_or_of_another_century_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"offset|century|isoformat|string"):
        parse(text)


def test_times_go_out_in_utc_with_milliseconds_only_where_there_are_any() -> None:
    assert iso(NOW) == "2026-01-14T03:19:46Z"
    assert iso(NOW + 7) == "2026-01-14T03:19:46.007Z"
    assert iso(-1) == "1969-12-31T23:59:59.999Z"


def test_a_curve_is_of_the_last_day_unless_told_otherwise() -> None:
    assert CurveRequest().window(NOW) == (NOW - DAY_MS, NOW)
    assert CurveRequest(end=NOW - DAY_MS).window(NOW) == (NOW - 2 * DAY_MS, NOW - DAY_MS)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (CurveRequest(metric="moonlight"), "no-such-metric"),
        (CurveRequest(start=NOW, end=NOW), "empty-window"),
        (CurveRequest(start=NOW + 1), "empty-window"),
    ],
)
def test_a_curve_of_nothing_is_a_problem(query: CurveRequest, reason: str) -> None:
    with pytest.raises(Problem) as problem:
        query.window(NOW)
    assert (problem.value.status, problem.value.reason) == (422, reason)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("unknown_room", 404),
        ("no_such_room", 404),
        ("not_found", 404),
        ("not_allowed", 403),
        ("not_yours", 403),
        ("not_enough", 409),
        ("idempotency_conflict", 409),
    ],
)
def test_the_reason_of_a_refusal_gives_the_status(reason: str, status: int) -> None:
    assert status_of(Refused(reason, "")) == status


@pytest.mark.parametrize(
    ("header", "lang"),
    [("", "zh"), ("en", "en"), ("EN-GB;q=0.5", "en"), ("de, en;q=0.7, zh;q=0.3", "en"), ("*", "zh")],
)
def test_the_first_language_that_we_speak_counts(header: str, lang: str) -> None:
    request = SimpleNamespace(headers={"Accept-Language": header})
    assert language(request) == lang  # type: ignore[arg-type]
