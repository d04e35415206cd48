"""The values of a message by a rule: which device, which time, which probe each is of."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.decoding.rules import from_plain_data
from core.errors import DecodeError
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid
from ingest.rules.build import compile_rule
from ingest.rules.extraction import Extraction

NOW = 1_773_271_000_000
AT = 1_773_270_932_000
TEMP = {"path": "temp", "metric": "temperature"}


def reports(facts: dict[str, Any], body: Any, **names: str) -> list[DecodedReport]:
    compiled = compile_rule(from_plain_data({"name": "a", "topics": ["a/{device}"], **facts}))
    context = DecodeContext(ZoneInfo("Asia/Shanghai"), NOW)
    extracted = Extraction(compiled, names, body, context).reports()
    assert not isinstance(extracted, str)
    return extracted


def report(facts: dict[str, Any], body: Any, **names: str) -> DecodedReport:
    (single,) = reports(facts, body, **{"device": "box", **names})
    return single


def devices(facts: dict[str, Any], body: Any, **names: str) -> list[str]:
    return [item.device for item in reports({"values": [TEMP], **facts}, body, **names)]


def test_the_first_path_that_names_the_device_counts() -> None:
    facts = {"device": ["sn", "imei"], "weak_device": ["id"]}
    assert devices(facts, {"temp": 3, "imei": "8675", "sn": "box9", "id": "abcdefg"}, device="t") == ["box9"]
    assert devices(facts, {"temp": 3, "imei": "8675"}, device="t") == ["8675"]


@pytest.mark.parametrize(
    ("ident", "device"),
    [("12345", "t"), (7, "t"), ("123456", "123456"), ("n1", "n1"), ("", "t")],
)
def test_a_short_number_is_a_place_and_no_device(ident: object, device: str) -> None:
    assert devices({"weak_device": ["id"]}, {"temp": 3, "id": ident}, device="t") == [device]


def test_a_short_number_is_the_device_where_nothing_else_is() -> None:
    assert devices({"weak_device": ["id"]}, {"temp": 3, "id": 7}) == ["7"]


def test_without_any_device_the_message_is_refused() -> None:
    with pytest.raises(DecodeError) as error:
        devices({}, {"temp": 3})
    assert error.value.reason == "no_device"


def test_each_element_of_a_list_may_be_a_device_of_its_own() -> None:
    facts = {"device": ["sn"], "values": [{"path": "list[*].temp", "metric": "temperature"}]}
    body = {"list": [{"sn": "a", "temp": 1}, {"sn": "b", "temp": 2}, {"temp": 3}]}
    assert [
        (item.device, [value.value for value in item.values]) for item in reports(facts, body, device="t")
    ] == [
        ("a", [1.0]),
        ("b", [2.0]),
        ("t", [3.0]),
    ]


EACH_TEMP = {"path": "list[*].temp", "metric": "temperature", "position": "{index}"}
CLOCKED = {"values": [{"path": "list[*].temp", "metric": "temperature"}], "time": {"paths": ["ts"]}}


def test_the_time_near_the_value_goes_before_the_messages() -> None:
    body = {"ts": AT, "list": [{"temp": 1}, {"temp": 2, "ts": AT - 60_000}]}
    assert [value.at for value in report(CLOCKED, body).values] == [AT, AT - 60_000]


def test_a_time_that_cannot_be_read_costs_no_value_and_is_shown() -> None:
    decoded = report(CLOCKED, {"ts": "yesterday", "list": [{"temp": 1}]})
    assert [(value.value, value.at) for value in decoded.values] == [(1.0, None)]
    assert decoded.invalid == [Invalid("", "", "bad_time")]


@pytest.mark.parametrize(("raw", "at"), [(AT // 1000, AT), (23, None)])
def test_a_field_of_one_letter_is_a_time_only_with_a_time_in_it(raw: int, at: int | None) -> None:
    facts = {"values": [TEMP], "time": {"paths": ["t"]}}
    assert [value.at for value in report(facts, {"temp": 1, "t": raw}).values] == [at]


@pytest.mark.parametrize(
    ("flag", "is_dropped"),
    [
        (1, True),
        ("yes", True),
        (True, True),
        (0, False),
        ("0", False),
        ("False", False),
        ("disable", False),
        (None, False),
    ],
)
def test_a_stored_value_without_a_time_says_nothing_about_now(flag: object, is_dropped: bool) -> None:
    facts = {**CLOCKED, "values": [EACH_TEMP], "backlog": "old"}
    decoded = report(facts, {"old": flag, "list": [{"temp": 1}, {"temp": 2}]})
    assert [value.value for value in decoded.values] == ([] if is_dropped else [1.0, 2.0])
    assert (decoded.invalid == [Invalid("", "", "bad_time")]) is is_dropped


def test_a_stored_value_with_its_time_stays() -> None:
    facts = {**CLOCKED, "backlog": "old"}
    assert [value.at for value in report(facts, {"old": 1, "ts": AT, "list": [{"temp": 1}]}).values] == [AT]


def test_a_condition_takes_only_the_fields_that_say_so() -> None:
    facts = {
        "values": [
            {
                "path": "list[*].v",
                "metric": "temperature",
                "position": "{index}",
                "when": {"kind": ["TEMP*", "t"]},
            }
        ]
    }
    body = {"list": [{"kind": "temp1", "v": 1}, {"kind": "T", "v": 2}, {"kind": "hum", "v": 3}, {"v": 4}]}
    assert [value.value for value in report(facts, body).values] == [1.0, 2.0]


def test_a_value_marked_as_broken_is_an_error_and_no_reading() -> None:
    facts = {"values": [{**TEMP, "unless": {"state": ["fault"]}}]}
    decoded = report(facts, {"temp": 99, "state": "Fault"})
    assert (decoded.values, decoded.invalid) == ([], [Invalid("", "temperature", "error_code")])
    assert report(facts, {"temp": 9, "state": "ok"}).values[0].value == 9


@pytest.mark.parametrize(
    ("code", "is_error"), [(3, True), ("E1", True), (0, False), ("0", False), ("", False), (None, False)]
)
def test_an_error_code_of_nought_is_no_error(code: object, is_error: bool) -> None:
    facts = {"values": [TEMP, {"path": "err", "metric": "humidity", "error": True}]}
    assert report(facts, {"temp": 1, "err": code}).invalid == (
        [Invalid("", "humidity", "error_code")] if is_error else []
    )


def test_the_unit_written_behind_a_number_goes_before_the_rules() -> None:
    assert report({"values": [{**TEMP, "unit": "F"}]}, {"temp": "3℃"}).values[0].value == 3
    assert report({"values": [{**TEMP, "unit": "F"}]}, {"temp": "41"}).values[0].value == 5


def test_a_unit_may_stand_in_the_message() -> None:
    assert report({"values": [{**TEMP, "unit": "{u}"}]}, {"temp": 41, "u": "F"}).values[0].value == 5


def test_two_probes_of_one_name_are_told_apart_by_their_place() -> None:
    body = {"data": [{"temp": 1}, {"temp": 2}]}
    values = report({"values": [{"path": "**", "position": "{where}"}]}, body).values
    assert [(value.position, value.value) for value in values] == [("1", 1.0), ("2", 2.0)]


def test_one_value_found_by_two_sources_is_one_reading() -> None:
    assert len(report({"values": [TEMP, {"path": "*"}]}, {"temp": 1}).values) == 1


def test_a_setting_that_is_called_like_a_reading_is_none() -> None:
    facts = {"values": [{"path": "**"}], "undecoded": True}
    body = {"temp": 1, "limits": {"temp": 8}, "seq": 4}
    assert [value.value for value in report(facts, body).values] == [1.0]


def test_a_message_of_unknown_numbers_is_shown_with_its_device() -> None:
    facts = {"values": [{"path": "**"}], "undecoded": True}
    (decoded,) = reports(facts, {"flux": 3.4}, device="box")
    assert (decoded.device, decoded.undecoded, decoded.values) == ("box", "nothing_known", [])


def test_without_a_device_it_is_only_refused() -> None:
    compiled = compile_rule(
        from_plain_data({"name": "a", "topics": ["a"], "values": [{"path": "**"}], "undecoded": True})
    )
    context = DecodeContext(ZoneInfo("Asia/Shanghai"), NOW)
    assert Extraction(compiled, {}, {"flux": 3.4}, context).reports() == "nothing_known"


def test_a_message_with_ids_only_has_nothing_in_it() -> None:
    assert (
        reports({"values": [{"path": "**"}], "undecoded": True}, {"seq": 4, "imei": "86"}, device="box") == []
    )


def test_numbers_are_rounded_as_the_rule_says() -> None:
    assert report({"values": [TEMP], "decimals": 1}, {"temp": 3.14159}).values[0].value == 3.1


def test_the_name_for_people_is_the_first_that_is_there() -> None:
    facts = {"values": [TEMP], "display": ["title", "{site} {no}"]}
    assert report(facts, {"temp": 1, "no": 3}, site="north").name == "north 3"
    assert report(facts, {"temp": 1, "title": "门口"}).name == "门口"
