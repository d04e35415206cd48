from zoneinfo import ZoneInfo

import pytest

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.dedup import WITHIN_MS, skip_copies

NOW = 1_773_271_000_000


class Decoder:
    """Counts what reaches the decoder behind `skip_copies`."""

    def __init__(self) -> None:
        self.memory = FamilyMemory()
        self.decode = skip_copies(lambda topic, _payload, _context: [DecodedReport(topic)])

    def hear(self, payload: bytes, after_ms: int = 0, topic: str = "a") -> tuple[int, bool]:
        context = DecodeContext(ZoneInfo("UTC"), NOW + after_ms, memory=self.memory)
        reports = self.decode(topic, payload, context)
        self.memory.on_committed()
        return len(reports), context.is_copy


def test_the_same_message_again_at_once_is_a_copy() -> None:
    decoder = Decoder()
    assert decoder.hear(b"3.5") == (1, False)
    assert decoder.hear(b"3.5") == (0, True)
    assert decoder.hear(b"3.5", WITHIN_MS - 1) == (0, True)


def test_the_same_value_a_second_later_is_a_new_reading() -> None:
    decoder = Decoder()
    decoder.hear(b"3.5")
    assert decoder.hear(b"3.5", WITHIN_MS) == (1, False)


def test_another_value_is_no_copy_and_ends_the_row() -> None:
    decoder = Decoder()
    decoder.hear(b"3.5")
    assert decoder.hear(b"3.6") == (1, False)
    assert decoder.hear(b"3.5") == (1, False)


def test_another_topic_with_the_same_value_is_no_copy() -> None:
    decoder = Decoder()
    decoder.hear(b"3.5")
    assert decoder.hear(b"3.5", topic="b") == (1, False)


def test_a_clock_that_was_set_back_hides_nothing() -> None:
    decoder = Decoder()
    decoder.hear(b"3.5")
    assert decoder.hear(b"3.5", -5_000) == (1, False)


def test_a_message_that_cannot_be_decoded_is_counted_once() -> None:
    def refuse(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        raise DecodeError("not_json")

    decode, memory = skip_copies(refuse), FamilyMemory()
    context = DecodeContext(ZoneInfo("UTC"), NOW, memory=memory)
    with pytest.raises(DecodeError):
        decode("a", b"x", context)
    assert decode("a", b"x", context) == []
    assert context.is_copy
