"""The form of a rule without a browser: what is shown of a message, and what of a rule survives a save."""

import json
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import Kind, RegisterSource, Rule, TimeSource, ValueSource, check
from core.errors import Refused
from core.metrics import METRICS
from ingest.rules.files import shipped
from ingest.rules.workbench import Workbench
from tests.web.builders import EN, NOW, ZH, ZONE
from web.base.forms import SubmittedForm
from web.decoding.rule_view import (
    BY_NAME,
    KINDS,
    ROWS_AT_MOST,
    SCALES,
    TEXT_SHOWN,
    UNITS,
    PastedMessage,
    RuleValueRow,
    choices,
    lines,
    of_form,
    options,
    pasted,
    results,
    times,
)

BENCH = Workbench()
TOPIC = "farm/shed7/up"
MESSAGE = pasted(TOPIC, json.dumps({"t1": 4.2, "rh": 91, "name": "shed", "time": 1_768_331_986}).encode())
RULE = Rule(
    name="shed",
    topics=["farm/{device}/up"],
    values=[ValueSource(path="t1", metric="temperature", position="door", scale=0.1, unit="F")],
)
REGISTERS = Rule(
    name="probe", topics=["dtu/{device}/up"], body="modbus", registers=[RegisterSource(index=1, metric="co2")]
)
REPLY = bytes.fromhex("01 03 04 02 92 FF 9B 5A 3D")  # slave 1: 658 and -101
NOTHING = pasted("", b"")


def form_of(rule: Rule, shown: list[RuleValueRow], **typed: str) -> SubmittedForm:
    """What a browser sends of the page of this rule, with the fields that a person typed over."""
    sent = {
        "rows": str(len(shown)),
        "name": rule.name,
        "pattern": ", ".join(rule.topics),
        "device": ", ".join(rule.device),
        "time": next(iter(rule.time.paths), ""),
    }
    for row in shown:
        for name in ("path", "metric", "position", "scale", "unit", "kind"):
            sent[f"{name}-{row.number}"] = getattr(row, name)
    return SubmittedForm({name: [value] for name, value in {**sent, **typed}.items()})


def saved(rule: Rule, message: PastedMessage = NOTHING, /, **typed: str) -> Rule:
    return of_form(form_of(rule, lines(rule, message, BENCH), **typed), rule)


# --- the message ------------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.sampled_from(["", "yes", "no"]))
def test_whatever_bytes_arrive_the_form_can_show_them(payload: bytes, hexadecimal: str) -> None:
    message = pasted(TOPIC, payload, hexadecimal)
    assert all(sign.isprintable() or sign in "\r\n\t" for sign in message.text)


@given(st.binary(min_size=1, max_size=300))
def test_a_message_shown_in_hexadecimal_comes_back_from_the_form_as_the_same_bytes(payload: bytes) -> None:
    shown = pasted(TOPIC, payload)
    back = pasted(TOPIC, shown.text.encode(), "yes" if shown.hex else "")
    assert back.hex == shown.hex
    if shown.hex:
        assert back.payload == payload
    else:
        assert back.text == shown.text


def test_a_message_in_gb18030_is_read_as_chinese() -> None:
    assert pasted(TOPIC, "温度=4.2".encode("gb18030")).text == "温度=4.2"


def test_a_message_padded_with_zero_bytes_is_still_text() -> None:
    message = pasted(TOPIC, b"t=4.2\0\0")
    assert (message.text, message.hex) == ("t=4.2", False)


def test_a_hexadecimal_dump_with_a_slip_in_it_is_no_message_and_no_error() -> None:
    assert pasted(TOPIC, b"01 03 0", "yes").payload == b""
    assert pasted(TOPIC, "01 03 零四".encode(), "yes").payload == b"\x01\x03"


def test_a_message_of_a_megabyte_is_not_written_into_the_page() -> None:
    assert len(pasted(TOPIC, b"x" * 1_000_000).text) == TEXT_SHOWN
    assert len(pasted(TOPIC, b"\x01" * 1_000_000).text) == 3 * TEXT_SHOWN


# --- the rows ---------------------------------------------------------------------------------------


def test_a_row_shows_the_number_and_what_the_rule_makes_of_it() -> None:
    first = lines(RULE, MESSAGE, BENCH)[0]
    assert (first.path, first.shown, first.metric) == ("t1", "4.2", "temperature")
    assert (first.position, first.scale, first.unit) == ("door", "0.1", "F")


def test_a_text_in_the_message_gets_no_row_unless_the_rule_reads_it() -> None:
    assert "name" not in [row.path for row in lines(RULE, MESSAGE, BENCH)]
    reads_name = Rule(name="n", topics=["a"], values=[ValueSource(path="name")])
    (row,) = [row for row in lines(reads_name, MESSAGE, BENCH) if row.path == "name"]
    assert (row.shown, row.metric) == ("shed", BY_NAME)


def test_a_value_that_the_message_does_not_contain_stays_in_the_form() -> None:
    absent = Rule(name="n", topics=["a"], values=[ValueSource(path="t9", metric="temperature")])
    assert [(row.path, row.shown) for row in lines(absent, MESSAGE, BENCH)][-1] == ("t9", "")


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe\x00", b"not json at all"])
def test_a_message_that_the_rule_cannot_read_leaves_the_values_of_the_rule(payload: bytes) -> None:
    assert [row.path for row in lines(RULE, pasted(TOPIC, payload), BENCH)] == ["t1"]


def test_a_message_with_a_thousand_numbers_does_not_make_a_thousand_rows() -> None:
    many = pasted(TOPIC, json.dumps({f"n{number}": number for number in range(1_000)}).encode())
    assert len(lines(RULE, many, BENCH)) <= ROWS_AT_MOST


def test_a_modbus_reply_has_a_row_per_register_and_one_per_register_it_lacks() -> None:
    far = RegisterSource(index=9, metric="humidity", scale=0.1)
    rule = Rule(name="p", topics=["a"], body="modbus", registers=[*REGISTERS.registers, far])
    rows = lines(rule, pasted(TOPIC, REPLY), BENCH)
    assert [(row.path, row.shown, row.metric) for row in rows] == [
        ("0", "658", ""),
        ("1", "-101", "co2"),
        ("9", "", "humidity"),
    ]
    assert (rows[0].position, rows[0].kind, rows[0].scale) == ("{slave}", "int16", "1")


# --- what survives a save ---------------------------------------------------------------------------

SCALE = st.floats(1e-9, 1e9)


@pytest.mark.parametrize("name", [name for name, rule in shipped().items() if rule.values])
def test_a_shipped_rule_saved_untouched_still_reads_the_same_values(name: str) -> None:
    assert saved(shipped()[name]).values == shipped()[name].values


@given(SCALE)
def test_a_scale_survives_a_save_to_the_last_digit(scale: float) -> None:
    rule = Rule(name="n", topics=["a"], values=[ValueSource(path="t", metric="temperature", scale=scale)])
    assert saved(rule).values == rule.values


@given(SCALE, st.sampled_from(get_args(Kind)))
def test_a_register_survives_a_save_with_its_scale_and_its_kind(scale: float, kind: Kind) -> None:
    register = RegisterSource(index=1, metric="co2", scale=scale, kind=kind, order="CDAB", slave=2)
    rule = Rule(name="n", topics=["a"], body="modbus", registers=[register])
    assert saved(rule, pasted(TOPIC, REPLY)).registers == [register]


def test_two_values_of_one_path_are_two_rows_and_both_survive_a_save() -> None:
    warm = ValueSource(path="list[*].v", metric="temperature", when={"kind": ["T"]})
    damp = ValueSource(path="list[*].v", metric="humidity", when={"kind": ["H"]})
    rule = Rule(name="n", topics=["a"], values=[warm, damp])
    assert [row.metric for row in lines(rule, NOTHING, BENCH)] == ["temperature", "humidity"]
    assert saved(rule).values == [warm, damp]
    assert saved(rule, **{"metric-0": ""}).values == [damp], "the one that stays keeps its own conditions"


def test_one_register_of_two_slaves_survives_a_save() -> None:
    first = RegisterSource(index=1, metric="temperature", slave=1, position="door")
    second = RegisterSource(index=1, metric="temperature", slave=2, position="back")
    rule = Rule(name="n", topics=["a"], body="modbus", registers=[first, second])
    assert saved(rule, pasted(TOPIC, REPLY)).registers == [first, second]


def test_a_long_message_pushes_no_value_of_a_rule_out_of_the_form() -> None:
    many = pasted(TOPIC, json.dumps({f"n{number}": number for number in range(1_000)}).encode())
    values = [ValueSource(path=f"t{number}", metric="temperature") for number in range(100)]
    rule = Rule(name="n", topics=["a"], values=values)
    assert len(lines(rule, many, BENCH)) == ROWS_AT_MOST
    assert saved(rule, many).values == values


def test_what_the_form_does_not_ask_comes_from_the_stored_rule() -> None:
    fault = ValueSource(path="t1", metric="temperature", offset=0.5, invalid=[85.0], when={"ok": ["1"]})
    rule = Rule(name="n", topics=["a"], values=[fault], requires=["ok"], decimals=1, note="by hand")
    changed = saved(rule, name="new", **{"position-0": "back"})
    assert (changed.name, changed.requires, changed.decimals, changed.note) == ("new", ["ok"], 1, "by hand")
    (value,) = changed.values
    assert (value.position, value.offset, value.invalid, value.when) == ("back", 0.5, [85.0], {"ok": ["1"]})


def test_a_name_that_was_deleted_in_the_form_falls_back_to_the_rule_s() -> None:
    assert saved(RULE, name="").name == "shed"


def test_a_number_without_a_metric_is_left_out() -> None:
    assert saved(RULE, MESSAGE, **{"metric-0": ""}).values == []


def test_a_value_by_its_name_is_stored_without_a_metric() -> None:
    by_name = Rule(name="n", topics=["a"], values=[ValueSource(path="**")])
    assert saved(by_name).values[0].metric == ""


def test_topics_and_devices_may_be_on_lines_of_their_own() -> None:
    changed = saved(RULE, pattern="a/{device}\n\n b/+ ,c", device=" id , sn\nname ")
    assert changed.topics == ["a/{device}", "b/+", "c"]
    assert changed.device == ["id", "sn", "name"]


def test_the_format_of_the_time_stays_while_its_path_stays() -> None:
    clock = TimeSource(paths=["time", "ts"], format="%H:%M %d/%m/%Y", zone="UTC")
    rule = Rule(name="n", topics=["a"], values=RULE.values, time=clock)
    assert saved(rule).time == clock
    assert saved(rule, time="ts").time == clock
    assert saved(rule, time="t").time == TimeSource(paths=["t"], format=clock.format, zone="UTC")
    assert saved(rule, time="").time == TimeSource()


@pytest.mark.parametrize("scale", ["ten", "1,5", "0x10", "²"])
def test_a_scale_that_is_not_a_number_is_refused(scale: str) -> None:
    with pytest.raises(Refused, match="倍数不能是0"):
        saved(RULE, **{"scale-0": scale})


@pytest.mark.parametrize("scale", ["0", "nan", "inf", "-1e10", "1e-10"])
def test_a_scale_that_makes_nonsense_of_every_value_does_not_pass_the_check(scale: str) -> None:
    with pytest.raises(Refused, match="倍数不能是0"):
        check(saved(RULE, **{"scale-0": scale}))


@pytest.mark.parametrize("rows", ["", "-1", "many", "999999999999999999", "1000000"])
def test_a_number_of_rows_that_was_made_up_does_no_harm(rows: str) -> None:
    assert len(saved(RULE, rows=rows).values) <= 1


@pytest.mark.parametrize("path", ["one", "-1", "1234", "１", ""])
def test_a_register_that_was_made_up_does_not_pass_the_check(path: str) -> None:
    with pytest.raises(Refused, match="寄存器的序号"):
        check(saved(REGISTERS, **{"path-0": path}))


def test_a_kind_that_was_made_up_is_a_plain_register() -> None:
    assert saved(REGISTERS, **{"kind-0": "int128"}).registers[0].kind == "int16"


# --- the choices ------------------------------------------------------------------------------------


def test_every_metric_can_be_chosen_in_both_languages() -> None:
    line = lines(RULE, MESSAGE, BENCH)[0]
    for words in (ZH, EN):
        offered = options(words, line, modbus=False)
        assert [metric for metric, _ in offered] == ["", *METRICS]
        assert all("%(" not in word for _, word in offered)
    english = dict(options(EN, line, modbus=False))
    assert all(english[metric].isascii() for metric, row in METRICS.items() if row.on_off)


def test_only_a_value_that_goes_by_its_name_offers_its_name() -> None:
    row = RuleValueRow(0, "**", "", BY_NAME, "", "1", "")
    assert options(ZH, row, modbus=False)[1][0] == BY_NAME
    assert BY_NAME not in dict(options(ZH, row, modbus=True))


@pytest.mark.parametrize("usual", [SCALES, UNITS, KINDS])
def test_a_choice_of_the_rule_that_is_not_usual_is_offered_too(usual: list[tuple[str, str]]) -> None:
    assert choices(usual, ZH, "0.0625")[-1] == ("0.0625", "0.0625")
    assert len(choices(usual, ZH, usual[0][0])) == len(usual)


def test_names_that_look_like_a_time_are_offered_after_the_rule_s_own() -> None:
    rule = Rule(name="n", topics=["a"], values=RULE.values, time=TimeSource(paths=["deep.stamp"]))
    assert times(rule, MESSAGE, BENCH) == ["deep.stamp", "time"]
    assert times(RULE, NOTHING, BENCH) == []


def test_a_modbus_reply_has_no_names_and_offers_no_time() -> None:
    assert times(REGISTERS, pasted(TOPIC, REPLY), BENCH) == []


# --- the results ------------------------------------------------------------------------------------

REASONS = {"not_json": "不是JSON", "out_of_range": "不会有这个数"}


def read(rule: Rule, message: PastedMessage) -> tuple[list[str], list[str], str]:
    facts = results(BENCH, ZH, REASONS, rule, message, NOW, ZoneInfo(ZONE))
    shown = [f"{row.device} {row.position} {row.what} {row.value}" for row in facts["found"]]  # type: ignore[attr-defined]
    return shown, facts["lost"], facts["why"]  # type: ignore[return-value]


def test_a_reading_is_shown_with_device_position_metric_and_unit() -> None:
    plain = Rule(name="n", topics=RULE.topics, values=[ValueSource(path="t1", metric="temperature")])
    assert read(plain, MESSAGE) == (["shed7  温度 4.2 °C"], [], "")


def test_without_a_message_it_says_what_to_do() -> None:
    assert read(RULE, NOTHING) == ([], [], "贴一条消息，就能看读出什么")


def test_a_message_of_another_kind_says_why_it_is_not_read() -> None:
    assert read(RULE, pasted(TOPIC, b"hello")) == ([], [], "不是JSON")


def test_a_message_without_any_value_of_the_rule_says_so() -> None:
    assert read(RULE, pasted(TOPIC, b'{"x": 1}')) == ([], [], "里面没有要记的数")


def test_a_rule_that_cannot_work_says_what_to_change() -> None:
    nameless = Rule(name="", topics=["a"], values=RULE.values)
    assert "名字" in read(nameless, MESSAGE)[2]
