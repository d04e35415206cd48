"""What a Sparkplug host has to do besides reading values: ask for births, bound what comes."""

import zlib
from zoneinfo import ZoneInfo

import pytest
from msgspec.json import encode

from core.errors import DecodeError
from core.times import MINUTE_MS
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.sparkplug.decoder import decode
from ingest.decoders.sparkplug.wire import parse_payload as read
from tests.ingest.sparkplug import block, metric, number, payload

ZONE = ZoneInfo("Asia/Shanghai")
NOW = 1_773_270_932_000


class Host:
    """A decoder with its memory, at a time of day."""

    def __init__(self) -> None:
        self.memory = FamilyMemory()
        self.now = NOW
        self.commands: list[str] = []

    def hear(
        self, kind: str, body: bytes, device: str = "", *, retained: bool = False
    ) -> list[DecodedReport]:
        context = DecodeContext(ZONE, self.now, retained, self.memory)
        reports = decode(f"spBv1.0/g/{kind}/n{device and '/' + device}", body, context)
        self.commands += [command.topic for command in context.commands]
        self.memory.on_committed()
        return reports

    def born(self, seq: int = 0) -> None:
        self.hear(
            "NBIRTH",
            payload(
                metric("bdSeq", 1, "UInt64"), metric("temp", 3.0, "Float", alias=1), at=self.now, seq=seq
            ),
        )

    def say(self, seq: int, alias: int = 1, at: int | None = None) -> list[DecodedReport]:
        return self.hear("NDATA", payload(metric(value=3.5, alias=alias), at=at or self.now, seq=seq))


def test_after_a_birth_nothing_is_asked_while_the_numbers_run() -> None:
    host = Host()
    host.born()
    for seq in [*range(1, 256), 0, 1]:
        assert host.say(seq)[0].values
    assert host.commands == []


def test_a_gap_in_the_numbers_asks_for_a_rebirth_once_a_minute() -> None:
    host = Host()
    host.born()
    host.say(3)
    assert host.commands == ["spBv1.0/g/NCMD/n"]
    host.say(7)
    assert len(host.commands) == 1
    host.now += MINUTE_MS
    host.say(9)
    assert len(host.commands) == 2


def test_a_message_that_comes_twice_is_no_gap() -> None:
    host = Host()
    host.born()
    host.say(1)
    host.say(1)
    host.say(2)
    assert host.commands == []


def test_what_drains_from_an_old_queue_makes_no_storm_of_questions() -> None:
    host = Host()
    for index in range(500):
        host.say(index * 3 % 256, at=NOW - 3_600_000 + index)
    assert len(host.commands) == 1


def test_what_the_broker_stored_asks_nothing() -> None:
    host = Host()
    host.hear("NDATA", payload(metric(value=3.5, alias=1), seq=4), retained=True)
    assert host.commands == []


def test_an_alias_that_no_birth_named_is_shown_and_asked_for() -> None:
    host = Host()
    host.born()
    (report,) = host.say(1, alias=9)
    assert report.undecoded == "needs_meaning"
    assert host.commands == ["spBv1.0/g/NCMD/n"]


def test_after_a_restart_the_kept_aliases_are_used_and_the_node_asked_once() -> None:
    host = Host()
    host.born()
    host.memory = FamilyMemory({key: encode(value) for key, value in host.memory.items()})
    assert host.say(77)[0].values[0].value == 3.5
    assert host.commands == ["spBv1.0/g/NCMD/n"]


def test_the_question_is_a_sparkplug_command() -> None:
    memory = FamilyMemory()
    context = DecodeContext(ZONE, NOW, False, memory)
    decode("spBv1.0/g/NDATA/n", payload(metric(value=1.0, alias=1), seq=1), context)
    command = read(context.commands[0].payload)
    assert command.at == NOW
    (rebirth,) = command.metrics
    assert (rebirth.name, rebirth.datatype, rebirth.value) == ("Node Control/Rebirth", 11, True)


def test_a_node_that_never_answers_is_read_by_its_names_after_a_while() -> None:
    host = Host()
    body = payload(metric("Room/temperature", 3.5, "Float"), seq=1)
    assert host.hear("DDATA", body, "d")[0].values == []
    host.now += 6 * MINUTE_MS
    assert [value.value for value in host.hear("DDATA", body, "d")[0].values] == [3.5]


def test_a_new_birth_takes_the_old_aliases_away() -> None:
    host = Host()
    host.born()
    host.hear("NBIRTH", payload(metric("bdSeq", 2, "UInt64"), metric("hum", 90.0, "Float", alias=1), seq=0))
    (report,) = host.say(1)
    assert [(value.position, value.metric) for value in report.values] == [("hum", "humidity")]


def test_a_packed_bomb_is_refused() -> None:
    bomb = zlib.compress(b"\0" * (8 << 20))
    with pytest.raises(DecodeError) as error:
        read(block(4, "SPBV1.0_COMPRESSED") + block(5, bomb))
    assert error.value.reason == "too_large"


def test_packed_inside_packed_is_not_unpacked_again() -> None:
    inner = block(4, "SPBV1.0_COMPRESSED") + block(5, zlib.compress(payload(metric("temp", 1.0))))
    assert read(block(4, "SPBV1.0_COMPRESSED") + block(5, zlib.compress(inner))).metrics == []


def test_templates_are_followed_only_a_few_levels_deep() -> None:
    body = metric("t", 1.0)
    for _ in range(50):
        body = metric("t", [body], "Template")
    host = Host()
    assert host.hear("NBIRTH", payload(body, seq=0))[0].online is True


def test_too_many_metrics_are_refused() -> None:
    with pytest.raises(DecodeError) as error:
        read(block(2, b"") * 20_001)
    assert error.value.reason == "too_many"


@pytest.mark.parametrize("body", [b"\x0b", b"\x80" * 12, b"\x12\xff", number(0, 1), b"\x0d\x00", b'{"a":1}'])
def test_what_is_no_protobuf_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError) as error:
        read(body)
    assert error.value.reason == "not_protobuf"


def test_what_a_birth_says_can_be_read_again_after_a_restart_however_large() -> None:
    huge = b"\xff" * 9 + b"\x7f"
    strange = block(1, "bdSeq") + b"\x10" + huge + b"\x20\x08" + b"\x58" + huge
    host = Host()
    host.hear("NBIRTH", payload(strange, metric("temp", 3.0, "Float", alias=1), seq=0))
    rows = {key: encode(value) for key, value in host.memory.items()}
    assert dict(FamilyMemory(rows).items()).keys() == rows.keys()
