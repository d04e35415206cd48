"""Shelly BLU: a packet counts once, a component only after its gateway has named it, and noise never."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.times import MINUTE_MS
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.shelly import blu
from tests.support.decoding import NOW, decode_context, odd_json, odd_objects, sound_reports

MAC = "bc:02:6e:c3:97:31"
GATEWAY = "shellyplus1-aa"
KEYS = (
    *("address", "pid", "gateway", "battery", "temperature", "humidity", "illuminance", "window", "door"),
    *("rssi", "encryption", "value", "last_updated_ts", "events", "ts", "data", "component", "event"),
    *("src", "result", "components", "key", "config", "addr", "obj_id", "idx", "name"),
)
TEXTS = (MAC, MAC.upper(), "bthomesensor:200", "bthomedevice:200", GATEWAY)


def answer(*components: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    items = [{"key": key, "config": {"addr": MAC, **config}} for key, config in components]
    return {"src": GATEWAY, "result": {"components": items}}


def learned(*components: tuple[str, dict[str, Any]]) -> DecodeContext:
    context = decode_context()
    blu.learn_components(answer(*components), context.memory)
    return context


def packet(pid: object = 7, **fields: object) -> dict[str, Any]:
    return {"address": MAC, "pid": pid, "temperature": 3.5, **fields}


def values(reports: list[DecodedReport]) -> list[tuple[str, str, float]]:
    return [(value.position, value.metric, value.value) for report in reports for value in report.values]


@settings(max_examples=60, deadline=None)
@given(body=odd_objects(KEYS, TEXTS))
def test_no_packet_raises_anything_but_a_decode_error(body: dict[str, Any]) -> None:
    sound_reports(blu.decode_published, {"address": MAC, **body}, decode_context())
    events = {"events": [{"data": {"address": MAC, **body}, **body}]}
    sound_reports(blu.decode_events, GATEWAY, {**body, **events}, decode_context())


@settings(max_examples=60, deadline=None)
@given(body=odd_objects(KEYS, TEXTS), components=st.lists(odd_json(KEYS, TEXTS), max_size=4))
def test_no_answer_of_a_gateway_stops_the_messages_after_it(
    body: dict[str, Any], components: list[object]
) -> None:
    context = decode_context()

    def decode() -> list[DecodedReport]:
        blu.learn_components({"src": GATEWAY, "result": {"components": components, **body}}, context.memory)
        blu.learn_components(answer(("bthomesensor:200", body)), context.memory)
        reports = blu.BluReports(GATEWAY, GATEWAY, context)
        for kind in ("bthomesensor", "bthomedevice"):
            reports.add_component(kind, f"{kind}:200", body, None)
        return reports.reports()

    sound_reports(decode)


def test_a_packet_through_a_second_gateway_counts_once() -> None:
    context = decode_context()
    first = blu.decode_published(packet(gateway="g1"), context)
    second = blu.decode_published(packet(gateway="g2"), context)
    assert (values(first), second) == ([("", "temperature", 3.5)], [])


def test_the_same_number_of_a_packet_a_minute_later_is_another_packet() -> None:
    context = decode_context()
    blu.decode_published(packet(), context)
    context.received_at += MINUTE_MS
    assert blu.decode_published(packet(), context) != []


@pytest.mark.parametrize(
    "body",
    [packet(address=3), packet(address="aa:bb"), packet(encryption=True), {"address": MAC, "pid": 1}],
)
def test_a_packet_without_an_address_or_readable_values_makes_no_device(body: dict[str, Any]) -> None:
    assert blu.decode_published(body, decode_context()) == []


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12))
def test_several_temperatures_are_positions_and_at_most_eight(temperatures: list[float]) -> None:
    decoded = values(blu.decode_published(packet(temperature=temperatures), decode_context()))
    positions = ["", *(str(number) for number in range(2, 9))][: len(temperatures)]
    assert decoded == [
        (position, "temperature", value) for position, value in zip(positions, temperatures, strict=False)
    ]


@pytest.mark.parametrize(
    ("raw", "value"), [(True, 1.0), (False, 0.0), (0, 0.0), (1, 1.0), (45, 1.0), ("0", 0.0)]
)
def test_a_door_is_open_or_closed_whatever_the_type(raw: object, value: float) -> None:
    decoded = blu.decode_published({"address": MAC, "window": raw}, decode_context())
    assert values(decoded) == [("", "door", value)]


def test_a_component_counts_only_with_its_address_and_kind() -> None:
    context = learned(
        ("bthomesensor:200", {"obj_id": 0x45, "idx": 0}), ("bthomesensor:201", {"obj_id": 0x2E})
    )
    reports = blu.BluReports(GATEWAY, GATEWAY, context)
    reports.add_component("bthomesensor", "bthomesensor:200", {"value": 3.5}, NOW)
    reports.add_component("bthomesensor", "bthomesensor:201", {"value": None}, NOW)
    reports.add_component("bthomesensor", "bthomesensor:202", {"value": 9}, NOW)
    (report,) = reports.reports()
    assert (report.device, report.gateway) == (MAC, GATEWAY)
    assert values([report]) == [("", "temperature", 3.5)]
    assert reports.request_components() == "needs_meaning"


def test_a_components_own_time_goes_before_the_messages() -> None:
    context = learned(("bthomesensor:200", {"obj_id": 2}))
    reports = blu.BluReports(GATEWAY, GATEWAY, context)
    reports.add_component("bthomesensor", "bthomesensor:200", {"value": 1, "last_updated_ts": NOW / 1000}, 5)
    assert [value.at for report in reports.reports() for value in report.values] == [NOW]


@pytest.mark.parametrize("index", [-1, 0, 100, "2", None])
def test_an_index_outside_its_range_is_the_first_probe(index: object) -> None:
    context = learned(("bthomesensor:200", {"obj_id": 2, "idx": index}))
    reports = blu.BluReports(GATEWAY, GATEWAY, context)
    reports.add_component("bthomesensor", "bthomesensor:200", {"value": 1}, NOW)
    assert values(reports.reports()) == [("", "temperature", 1.0)]


def test_a_gateway_is_asked_every_ten_minutes_and_never_for_a_retained_message() -> None:
    context = decode_context()

    def ask() -> int:
        context.commands.clear()
        reports = blu.BluReports(GATEWAY, "cold/gw", context)
        reports.add_component("bthomesensor", "bthomesensor:200", {"value": 1}, NOW)
        reports.request_components()
        return len(context.commands)

    context.retained = True
    assert ask() == 0
    context.retained = False
    assert (ask(), ask()) == (1, 0)
    context.received_at += 10 * MINUTE_MS
    assert ask() == 1
    assert context.commands[0].topic == "cold/gw/rpc"


def test_the_memory_of_a_gateway_is_bounded_and_still_updates() -> None:
    memory = FamilyMemory()
    blu.learn_components(
        answer(*((f"bthomesensor:{number}", {"obj_id": 2}) for number in range(300))), memory
    )
    blu.learn_components(
        answer(("bthomesensor:0", {"obj_id": 3}), ("bthomesensor:299", {"obj_id": 2})), memory
    )
    components = memory.get(f"blu:{GATEWAY}")
    assert len(components) == 200
    assert components["bthomesensor:0"][1] == "humidity"
    assert "bthomesensor:299" not in components
