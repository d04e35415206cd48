"""What a rule makes of a message, and which rule or family gets it."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.decoding.rules import from_plain_data
from core.decoding.topic_filters import covers, widest
from core.errors import DecodeError, Refused
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Router
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.rules.build import compile_rule
from ingest.rules.files import shipped
from ingest.rules.rule_list import RuleList

ZONE = ZoneInfo("Asia/Shanghai")
TEMPERATURE = {"path": "temp", "metric": "temperature"}


def router(*own: dict[str, Any]) -> Router:
    made = Router()
    made.use_rules(
        RuleList(
            [compile_rule(from_plain_data(facts)) for facts in own],
            [compile_rule(rule) for rule in shipped().values()],
        )
    )
    return made


def reports(facts: dict[str, Any], topic: str, payload: object) -> list[DecodedReport]:
    route = router({"name": "a", **facts}).find(topic)
    assert route is not None
    assert route.family == "recipe"
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return route.decode(topic, body, DecodeContext(ZONE, 1_773_271_000_000))


def values(facts: dict[str, Any], topic: str, payload: object) -> list[tuple[str, str, float]]:
    return [value[:3] for report in reports(facts, topic, payload) for value in report.values]


def test_text_is_cut_at_its_separators_and_taken_by_place() -> None:
    facts = {"topics": ["dtu/{device}/up"], "body": "text", "values": [
        {"path": "[1]", "metric": "temperature"}, {"path": "[2]", "metric": "humidity"}]}  # fmt: skip
    assert values(facts, "dtu/1/up", b"OK, 23.5 ,80\r\n") == [("", "temperature", 23.5), ("", "humidity", 80)]


def test_pairs_are_taken_by_their_names() -> None:
    facts = {"topics": ["x/{device}"], "body": "pairs", "values": [{"path": "*"}]}
    assert values(facts, "x/1", b"T=-3.5;H=80;x=1") == [("", "temperature", -3.5), ("", "humidity", 80)]


HUMIDITY_FIRST = {"topics": ["dtu/{device}/up"], "body": "modbus", "registers": [
    {"index": 0, "metric": "humidity", "kind": "uint16", "scale": 0.1},
    {"index": 1, "metric": "temperature", "kind": "int16", "scale": 0.1}]}  # fmt: skip


@pytest.mark.parametrize(
    "payload", [bytes.fromhex("010304 0172 ff4e 9a10"), b"01 03 04 01 72 FF 4E 9A 10\r\n"]
)
def test_raw_modbus_is_read_by_its_registers_with_the_slave_as_position(payload: bytes) -> None:
    assert values(HUMIDITY_FIRST, "dtu/1/up", payload) == [
        ("1", "humidity", 37.0),
        ("1", "temperature", -17.8),
    ]


def test_two_modbus_replies_in_one_message_are_two_probes() -> None:
    second = bytes.fromhex("02030400fa0032")
    frame = bytes.fromhex("0103040172ff4e9a10") + second + crc(second)
    assert [value[0] for value in values(HUMIDITY_FIRST, "dtu/1/up", frame)] == ["1", "1", "2", "2"]


def crc(data: bytes) -> bytes:
    from ingest.rules.modbus import crc as sum_of

    return sum_of(data).to_bytes(2, "little")


def test_a_modbus_reply_with_a_wrong_sum_is_refused_and_the_device_that_says_no_is_counted() -> None:
    (report,) = reports(HUMIDITY_FIRST, "dtu/1/up", bytes.fromhex("0103040172ff4e9a11"))
    assert (report.values, report.undecoded) == ([], "bad_frame")
    with pytest.raises(DecodeError) as error:
        reports({**HUMIDITY_FIRST, "topics": ["x/{device}"]}, "x/1", bytes.fromhex("0103040172ff4e9a11"))
    assert error.value.reason == "bad_frame"
    refusal = bytes.fromhex("018302")
    (report,) = reports(HUMIDITY_FIRST, "dtu/1/up", refusal + crc(refusal))
    assert not report.values
    assert {invalid.reason for invalid in report.invalid} == {"error_code"}


@pytest.mark.parametrize(
    ("order", "data"),
    [("ABCD", "41b40000"), ("CDAB", "000041b4"), ("BADC", "b4410000"), ("DCBA", "0000b441")],
)
def test_floats_of_two_registers_come_in_four_orders(order: str, data: str) -> None:
    facts = {"topics": ["m/{device}"], "body": "modbus", "registers": [
        {"index": 0, "metric": "temperature", "kind": "float32", "order": order,
         "position": ""}]}  # fmt: skip
    frame = bytes.fromhex("010404" + data)
    assert values(facts, "m/1", frame + crc(frame)) == [("", "temperature", 22.5)]


def test_what_an_own_modbus_rule_cannot_read_the_rules_of_the_program_still_read() -> None:
    assert values(HUMIDITY_FIRST, "dtu/1/up", {"temp": 3.4}) == [("", "temperature", 3.4)]


def test_an_own_rule_comes_before_every_family() -> None:
    facts = {"topics": ["zigbee2mqtt/{device}"], "values": [{**TEMPERATURE, "offset": 1}]}
    assert values(facts, "zigbee2mqtt/a", {"temp": 3.0, "temperature": 9}) == [("", "temperature", 4.0)]


def test_a_shipped_rule_never_takes_a_familys_topic() -> None:
    topics = (
        "zigbee2mqtt/a/up",
        "tele/up/SENSOR",
        "shellies/x/sensor/temperature",
        "senml/data",
        "rtl_433/a/events",
    )
    made = router()
    assert [route.family for topic in topics if (route := made.find(topic))] == [
        "zigbee2mqtt", "tasmota", "shelly", "senml", "omg_theengs"]  # fmt: skip


def test_a_family_can_be_spoken_on_another_topic() -> None:
    facts = {"topics": ["farm/{device}/SENSOR"], "body": "family", "family": "tasmota",
             "as_topic": "tele/{device}/SENSOR"}  # fmt: skip
    body = {
        "Time": "2026-03-12T07:15:32",
        "DS18B20": {"Id": "00000566CC39", "Temperature": 3.4},
        "TempUnit": "C",
    }
    (report,) = reports(facts, "farm/a7/SENSOR", body)
    assert (report.device, report.values[0].value) == ("a7", 3.4)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(Refused):
        compile_rule(
            from_plain_data(
                {"name": "a", "topics": ["x/y"], "body": "family", "family": "none", "as_topic": "a"}
            )
        )


def test_scale_offset_unit_and_noise() -> None:
    facts = {"topics": ["x/{device}"], "values": [
        {"path": "a", "metric": "temperature", "scale": 0.1, "offset": -40},
        {"path": "b", "metric": "humidity"},
        {"path": "c", "metric": "temperature", "unit": "F", "position": "c"}]}  # fmt: skip
    assert values(facts, "x/1", {"a": 415, "b": 88.4000015258789, "c": 32}) == [
        ("", "temperature", 1.5), ("", "humidity", 88.4), ("c", "temperature", 0)]  # fmt: skip


def test_the_device_of_the_body_wins_over_the_topics() -> None:
    facts = {"topics": ["x/{device}"], "device": ["{a.sn}-{n}", "a.sn"], "values": [TEMPERATURE]}
    assert [r.device for r in reports(facts, "x/1", {"a": {"sn": "S"}, "n": 2, "temp": 1})] == ["S-2"]
    assert [r.device for r in reports(facts, "x/1", {"a": {"sn": "S"}, "temp": 1})] == ["S"]
    assert [r.device for r in reports(facts, "x/1", {"temp": 1})] == ["1"]


def test_a_pattern_reads_the_time_in_its_zone() -> None:
    facts = {"topics": ["x/{device}"], "values": [TEMPERATURE],
             "time": {"paths": ["at"], "format": "%d.%m.%Y %H:%M", "zone": "UTC"}}  # fmt: skip
    (report,) = reports(facts, "x/1", {"temp": 1, "at": "11.03.2026 23:15"})
    assert report.values[0].at == 1_773_270_900_000
    (report,) = reports(facts, "x/1", {"temp": 1, "at": "yesterday"})
    assert report.values[0].at is None
    assert report.invalid[0].reason == "bad_time"


def test_a_message_with_a_million_values_is_cut() -> None:
    facts = {
        "topics": ["x/{device}"],
        "values": [{"path": "data[*].temp", "metric": "temperature", "position": "{index}"}],
    }
    assert len(values(facts, "x/1", {"data": [{"temp": 1}] * 30_000})) == 2_000


@pytest.mark.parametrize(
    ("wide", "narrow", "within"),
    [("a/#", "a/+/c", True), ("+/+/up", "dtu/+/up", True), ("+", "a", True), ("a/#", "a", True),
     ("+/b", "+/#", False),
     ("dtu/+/up", "+/+/up", False), ("a/+", "a/b/c", False), ("#", "a/#", True), ("a/+", "a/#", False)],
)  # fmt: skip
def test_which_filter_lies_within_another(wide: str, narrow: str, within: bool) -> None:
    assert covers(wide, narrow) is within


def test_no_filter_is_subscribed_to_beside_one_that_holds_it() -> None:
    filters = router({"name": "a", "topics": ["dtu/77/up"], "values": [TEMPERATURE]}).filters()
    assert "dtu/77/up" not in filters
    assert filters == list(dict.fromkeys(filters))
    assert widest(["a/b", "a/+", "b"]) == ["a/+", "b"]


def test_new_rules_are_used_at_once_and_old_ones_forgotten() -> None:
    made = router()
    assert made.find("mine/1/x") is None
    version = made.version
    made.use_rules(
        RuleList(
            [
                compile_rule(
                    from_plain_data(
                        {"name": "a", "topics": ["mine/#"], "device": ["sn"], "values": [TEMPERATURE]}
                    )
                )
            ],
            [],
        )
    )
    assert made.version > version
    assert made.find("mine/1/x") is not None
    made.use_rules(RuleList([], []))
    assert made.find("mine/1/x") is None


def test_the_copies_of_a_message_count_once_but_the_same_value_later_counts_again() -> None:
    route = router().find("dtu/box1/up")
    assert route is not None
    memory = FamilyMemory()
    took = []
    for at in (0, 5, 900, 1_500, 3_000):
        context = DecodeContext(ZONE, 1_773_271_000_000 + at, memory=memory)
        took.append((len(route.decode("dtu/box1/up", b'{"temp": 3}', context)), context.is_copy))
        memory.on_committed()
    assert took == [(1, False), (0, True), (0, True), (1, False), (1, False)]


def test_a_copy_of_what_was_not_committed_is_no_copy() -> None:
    route = router().find("dtu/box1/up")
    assert route is not None
    memory = FamilyMemory()
    for _ in range(2):
        context = DecodeContext(ZONE, 1_773_271_000_000, memory=memory)
        assert len(route.decode("dtu/box1/up", b'{"temp": 3}', context)) == 1
        memory.on_rolled_back()
