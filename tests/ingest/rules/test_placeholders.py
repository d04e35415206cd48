"""Names and positions that a rule makes of the fields around a value."""

from typing import Any

import pytest

from core.decoding import value_paths
from core.decoding.value_names import MEANINGS
from core.decoding.value_paths import PathMatch
from ingest.rules.placeholders import PlaceholderText, is_metadata, position_path

BODY = {
    "sn": "box1",
    "no": 7,
    "rate": 2.0,
    "flag": True,
    "data": {"node": {"temp": 3}, "list": [{"id": "A", "temp": 4}, {"temp": 5}]},
}


def match(path: str, body: Any = BODY) -> PathMatch:
    (place,) = value_paths.find_all(value_paths.parse(path), body)
    return place


def position(path: str, body: Any = BODY, device: str = "") -> str:
    place = match(path, body)
    return position_path(place, MEANINGS[place.key], device)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sn", "box1"),
        ("no", "7"),
        ("rate", "2"),
        ("flag", None),
        ("nothing", None),
        ("{sn}-{no}", "box1-7"),
        ("shed {no}", "shed 7"),
        ("{sn}-{nothing}", None),
        ("{site}/{sn}", "north/box1"),
    ],
)
def test_a_path_or_a_text_is_filled_from_the_fields_and_names_around(text: str, expected: str | None) -> None:
    assert PlaceholderText(text).fill((BODY,), {"site": "north"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{sn}-{nothing}", "box1"),
        ("{nothing}/{no}", "7"),
        ("{nothing}_{missing}", ""),
        ("door {no}", "door 7"),
    ],
)
def test_where_gaps_are_allowed_nothing_is_left_at_the_ends(text: str, expected: str) -> None:
    assert PlaceholderText(text, words=True).fill((BODY,), {}, allow_missing=True) == expected


def test_a_name_of_the_topic_goes_before_a_field_of_the_message() -> None:
    assert PlaceholderText("{sn}").fill((BODY,), {"sn": "of the topic"}) == "of the topic"


def test_the_nearest_field_counts() -> None:
    inside = match("data.list[0].temp", {**BODY, "id": "outer"} | {"data": BODY["data"]}).inside
    assert PlaceholderText("id").fill(inside, {}) == "A"
    assert PlaceholderText("sn").fill(inside, {}) == "box1"


def test_words_are_never_a_path() -> None:
    assert PlaceholderText("sn", words=True).fill((BODY,), {}) == "sn"


@pytest.mark.parametrize("body", [{"sn": "\n\0"}, {"sn": ["x"]}, {"sn": None}, {"sn": float("nan")}])
def test_a_device_is_never_named_by_what_is_no_name(body: dict[str, Any]) -> None:
    name = PlaceholderText("sn").fill((body,), {})
    assert name in (None, "nan")


@pytest.mark.parametrize(
    "path", ["limits.temp", "config.max", "data.alarm.temp", "报警.温度", "seq", "imei", "ts"]
)
def test_settings_and_ids_are_not_measured(path: str) -> None:
    body: Any = 3
    for key in reversed(path.split(".")):
        body = {key: body}
    assert is_metadata(match(path, body))


@pytest.mark.parametrize("path", ["data.temp", "humidity", "sensor.co2", "温度", "t", "1号库.temp"])
def test_measured_values_are_no_metadata(path: str) -> None:
    body: Any = 3
    for key in reversed(path.split(".")):
        body = {key: body}
    assert not is_metadata(match(path, body))


def test_a_position_has_the_keys_on_the_way_without_the_wrappers() -> None:
    assert position("data.node.temp") == "node"
    assert position("params.data.门边.temp", {"params": {"data": {"门边": {"temp": 3}}}}) == "门边"


def test_an_element_of_a_list_is_called_as_it_calls_itself() -> None:
    assert position("data.list[0].temp") == "A"
    assert position("data.list[1].temp") == ""


def test_the_device_is_not_its_own_position() -> None:
    assert position("data.list[0].temp", device="A") == ""
    assert position("box9.temp", {"box9": {"temp": 3}}, device="box9") == ""


def test_a_number_in_a_name_tells_two_probes_apart() -> None:
    body = {"temp1": 3, "temp2": 4, "temp": 5}
    assert [position(key, body) for key in body] == ["temp1", "temp2", ""]


def test_a_measured_name_in_a_list_is_a_meaning_and_no_position() -> None:
    body = {"list": [{"name": "temp2", "value": 3}, {"name": "温度", "value": 4}]}
    hits = list(value_paths.find_all(value_paths.parse("list[*].value"), body))
    names = [place.inside[-1]["name"] for place in hits]  # type: ignore[index]
    assert [position_path(place, MEANINGS[name], "") for place, name in zip(hits, names, strict=True)] == [
        "temp2",
        "",
    ]
