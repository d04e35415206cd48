"""Homie devices: retained topics in any order, and who is gone with whom."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.homie import decoder, description

NOW = 1_773_271_000_000


class Tree:
    def __init__(self) -> None:
        self.memory = FamilyMemory()
        self.now = NOW

    def hear(self, topic: str, payload: object, *, retained: bool = False) -> list[DecodedReport]:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        context = DecodeContext(ZoneInfo("UTC"), self.now, retained, self.memory)
        reports = decoder.decode(topic, body.encode(), context)
        self.memory.on_committed()
        return reports

    def values(self, topic: str, payload: object, *, retained: bool = False) -> list[tuple[str, str, float]]:
        reports = self.hear(topic, payload, retained=retained)
        return [value[:3] for report in reports for value in report.values]


def described(unit: str = "°C", **more: Any) -> dict[str, Any]:
    properties = {"temperature": {"unit": unit, "datatype": "float", **more}}
    return {"name": "库1", "nodes": {"climate": {"name": "Climate", "properties": properties}}}


def test_a_value_in_fahrenheit_waits_for_its_unit_where_it_was_stored() -> None:
    tree = Tree()
    assert tree.values("homie/a/n/temperature", "41", retained=True) == []
    assert tree.values("homie/a/n/temperature/$unit", "°F", retained=True) == [
        ("n/temperature", "temperature", 5.0)
    ]
    assert tree.values("homie/a/n/temperature", "50") == [("n/temperature", "temperature", 10.0)]


def test_a_live_unit_does_not_make_a_stored_value_new() -> None:
    tree = Tree()
    tree.hear("homie/a/n/temperature", "41", retained=True)
    assert tree.values("homie/a/n/temperature/$unit", "°F") == []


def test_a_number_that_stays_without_a_meaning_is_shown_after_a_minute() -> None:
    tree = Tree()
    assert tree.hear("homie/a/n/flux", "41") == []
    tree.now += 59_999
    assert tree.hear("homie/a/n/flux", "41") == []
    tree.now += 1
    assert [report.undecoded for report in tree.hear("homie/a/n/flux", "41")] == ["needs_meaning"]
    assert tree.hear("homie/a/n/text", "hello") == []


def test_a_description_names_the_values_of_any_domain() -> None:
    tree = Tree()
    tree.hear("farm/5/a/$description", described("°F"))
    assert tree.values("farm/5/a/climate/temperature", "41") == [("climate/temperature", "temperature", 5.0)]
    assert list(decoder.topics(tree.memory)) == ["farm/5/a/climate/temperature"]
    assert tree.hear("farm/5/a/climate/unknown", "41") == []


@pytest.mark.parametrize("more", [{"settable": True}, {"datatype": "color"}, {"datatype": "datetime"}])
def test_a_set_point_is_no_measured_value(more: dict[str, Any]) -> None:
    tree = Tree()
    tree.hear("homie/5/a/$description", described(**more))
    assert tree.values("homie/5/a/climate/temperature", "21") == []


def test_what_is_there_in_both_units_counts_once() -> None:
    tree = Tree()
    properties = {"tempC": {"unit": "°C", "datatype": "float"}, "tempF": {"unit": "°F", "datatype": "float"}}
    tree.hear("homie/5/a/$description", {"nodes": {"n": {"properties": properties}}})
    assert tree.values("homie/5/a/n/tempF", "41") == []
    assert tree.values("homie/5/a/n/tempC", "5") == [("n/tempC", "temperature", 5.0)]


@pytest.mark.parametrize(
    ("labels", "payload", "value"),
    [
        ("closed,open", "true", 1.0),
        ("open,closed", "true", 0.0),
        ("", "true", 1.0),
        ("", "closed", 0.0),
        ("off,on", "false", 0.0),
    ],
)
def test_a_door_is_open_as_its_labels_say(labels: str, payload: str, value: float) -> None:
    tree = Tree()
    properties = {"door": {"datatype": "boolean", "format": labels}}
    tree.hear("homie/5/a/$description", {"nodes": {"n": {"properties": properties}}})
    assert tree.values("homie/5/a/n/door", payload) == [("n/door", "door", value)]


def test_a_contact_that_makes_is_a_shut_door() -> None:
    tree = Tree()
    tree.hear(
        "homie/5/a/$description", {"nodes": {"n": {"properties": {"contact": {"datatype": "boolean"}}}}}
    )
    assert tree.values("homie/5/a/n/contact", "true") == [("n/contact", "door", 0.0)]


@pytest.mark.parametrize(
    ("payload", "reason"), [("warm", "not_a_number"), ("nan", "not_finite"), ("1e999", "not_finite")]
)
def test_a_value_that_is_no_number_is_counted(payload: str, reason: str) -> None:
    tree = Tree()
    tree.hear("homie/5/a/$description", described())
    (report,) = tree.hear("homie/5/a/climate/temperature", payload)
    assert [invalid.reason for invalid in report.invalid] == [reason]


def test_an_element_of_an_array_has_the_arrays_attributes() -> None:
    tree = Tree()
    tree.hear("homie/a/room/temperature/$unit", "°F", retained=True)
    assert tree.values("homie/a/room_2/temperature", "41") == [("room_2/temperature", "temperature", 5.0)]


def online(reports: list[DecodedReport]) -> dict[str, bool | None]:
    return {report.device: report.online for report in reports}


def test_with_a_lost_root_its_children_are_gone_and_come_back_as_they_were() -> None:
    tree = Tree()
    for child in ("b", "c"):
        tree.hear(f"homie/5/{child}/$description", {**described(), "root": "a"})
    tree.hear("homie/5/b/$state", "ready")
    tree.hear("homie/5/c/$state", "disconnected")
    assert online(tree.hear("homie/5/a/$state", "lost")) == {"a": False, "b": False, "c": False}
    assert online(tree.hear("homie/5/a/$state", "lost")) == {"a": False}
    assert online(tree.hear("homie/5/a/$state", "ready")) == {"a": True, "b": True, "c": False}


def test_a_removed_device_is_forgotten_with_its_topics() -> None:
    tree = Tree()
    tree.hear("farm/5/a/$description", described())
    tree.hear("farm/5/a/$state", "ready")
    (report,) = tree.hear("farm/5/a/$state", "")
    assert report.removed
    assert list(tree.memory.items()) == []


def test_removing_one_device_of_homie_4_leaves_another_with_a_longer_name() -> None:
    tree = Tree()
    for device in ("shed", "shed-2"):
        tree.hear(f"homie/{device}/n/temperature/$unit", "°F")
    tree.hear("homie/shed/$state", "")
    assert [key for key, _ in tree.memory.items()] == ["4:shed-2/n"]


@pytest.mark.parametrize("word", ["away", "READY", "true"])
def test_another_word_is_no_state(word: str) -> None:
    with pytest.raises(DecodeError) as error:
        Tree().hear("homie/a/$state", word)
    assert error.value.reason == "wrong_value"


def test_init_says_neither() -> None:
    assert Tree().hear("homie/a/$state", "init") == []


@pytest.mark.parametrize("payload", ["x" * 201, "a\nb", "\x07"])
def test_an_attribute_that_is_no_short_text_is_refused(payload: str) -> None:
    with pytest.raises(DecodeError) as error:
        Tree().hear("homie/a/$name", payload)
    assert error.value.reason == "wrong_value"


@pytest.mark.parametrize(
    ("what", "metric"), [("battery", "battery"), ("supply", "voltage"), ("signal", None), ("cputemp", None)]
)
def test_of_the_statistics_only_the_battery_counts(what: str, metric: str | None) -> None:
    assert [value[1] for value in Tree().values(f"homie/a/$stats/{what}", "3")] == (
        [metric] if metric else []
    )


bodies: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.dictionaries(
        st.sampled_from(
            ["nodes", "properties", "unit", "name", "datatype", "a/b", "$x", "temperature", "root"]
        ),
        inner,
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["nodes", "name", "root", "x"]), bodies))
def test_any_description_can_be_stored(body: dict[str, Any]) -> None:
    parsed = description.parse_description(body)
    assert msgspec.json.decode(msgspec.json.encode(parsed)) == parsed
