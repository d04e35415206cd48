"""Times in a request: this century or a sentence, never an error."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.times import EARLIEST, LATEST, iso, parse

MOMENTS = st.integers(EARLIEST, LATEST - 1)


@given(MOMENTS)
def test_a_time_that_was_sent_out_comes_back_to_the_millisecond(at: int) -> None:
    assert parse(iso(at)) == at


@given(MOMENTS, st.integers(-23 * 60, 23 * 60))
def test_a_time_means_the_same_in_every_zone(at: int, offset: int) -> None:
    local = datetime.fromtimestamp(at / 1000, UTC).replace(microsecond=0)
    text = local.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    assert parse(text) == at - at % 1000 == parse(text.replace("+", " "))


@given(st.text(max_size=40) | st.datetimes().map(str) | st.datetimes().map(lambda at: f"{at.isoformat()}Z"))
def test_whatever_is_sent_is_a_time_of_this_century_or_refused(text: str) -> None:
    try:
        at = parse(text)
    except ValueError:
        return
    assert EARLIEST <= at < LATEST


@pytest.mark.parametrize("thing", [None, 0, 1_768_360_786, 1.5, True, [], {}, b"2026-01-14T03:19:46Z"])
def test_a_time_that_is_no_text_is_refused(thing: object) -> None:
    with pytest.raises(ValueError, match="a time is a string"):
        parse(thing)


def test_a_time_without_an_offset_is_refused_because_nobody_knows_whose_it_is() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        parse("2026-01-14T03:19:46")
