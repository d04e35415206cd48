"""Journal rows outlive the program: those of an older or a newer version must be readable."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.readings.journal_codec import (
    Batch,
    Heartbeat,
    JournalGap,
    batch_body,
    decode_batch,
    decode_gap,
    decode_heartbeat,
    encode,
)
from core.readings.readings import Reading

times = st.integers(0, 2**53)
readings = st.builds(
    Reading,
    series=st.integers(1, 2**31),
    at=times,
    value=st.floats(allow_nan=False, allow_infinity=False),
    flags=st.integers(0, 255),
    claimed=st.none() | st.integers(-(2**53), 2**53),
)
reading_lists = st.lists(readings, max_size=20)
timeless = st.lists(st.tuples(st.integers(1, 65_535), st.integers(0, 2**32 - 1)), max_size=5)


@given(reading_lists, timeless)
def test_a_batch_comes_back_bit_for_bit(batch: list[Reading], packets: list[tuple[int, int]]) -> None:
    body = batch_body(batch, packets)
    assert decode_batch(body) == Batch(batch, packets)
    assert body == encode(Batch(batch, packets))


@given(reading_lists)
def test_a_row_of_a_program_that_kept_no_packets_is_readable(batch: list[Reading]) -> None:
    assert decode_batch(json.dumps([[list(reading) for reading in batch]])) == Batch(batch)


@given(readings)
def test_a_reading_without_flags_is_a_good_one(reading: Reading) -> None:
    (short,) = decode_batch(json.dumps([[list(reading[:3])]])).readings
    assert short == reading._replace(flags=0, claimed=None)


@given(reading_lists, timeless)
def test_a_field_of_a_newer_program_is_no_obstacle(
    batch: list[Reading], packets: list[tuple[int, int]]
) -> None:
    assert decode_batch(json.dumps([batch, packets, {"new": 1}])) == Batch(batch, packets)
    assert decode_heartbeat(b'{"connected": true, "confirmed": 7, "new": [1]}') == Heartbeat(True, 7)
    assert decode_heartbeat(encode(Heartbeat(True, 7, -5_000))).clock_lead == -5_000
    assert decode_gap(b'{"first": 5, "last": 9, "reason": "full", "new": 1}') == JournalGap(5, 9, "full")


@given(st.booleans(), times)
def test_a_heartbeat_says_what_it_said_and_an_older_one_confirmed_nothing(
    connected: bool, confirmed: int
) -> None:
    assert decode_heartbeat(encode(Heartbeat(connected, confirmed))) == Heartbeat(connected, confirmed)
    assert decode_heartbeat(json.dumps({"connected": connected})) == Heartbeat(connected, 0)


@given(times, times, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_gap_says_which_rows_are_lost_and_why(first: int, last: int, reason: str) -> None:
    assert decode_gap(encode(JournalGap(first, last, reason))) == JournalGap(first, last, reason)


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"{}", b"[1]", b"[]", b"[[[1, 2]]]", b'[[[1, "now", 3.0]]]', b"[[[1, 2, null]]]", b"\xff"],
)
def test_a_damaged_batch_is_an_error_and_no_empty_batch(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode_batch(body)
