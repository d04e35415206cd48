import pytest

from core.readings.manual_readings import ManualReading, ProbeComparison
from core.times import DAY_MS
from tests.web.builders import EN, NOW, ZH, ZONE, form
from web.readings.manual_reading_view import (
    manual_reading_row,
    probe_difference_text,
    read_time,
    read_values,
    submission_digest,
    values_text,
)


def compared(typed: float | None, probe: float | None) -> ProbeComparison:
    values = {} if typed is None else {"temperature": typed}
    return ProbeComparison(ManualReading(1, 3, "door", NOW - 60_000, NOW, 7, values), probe)


@pytest.mark.parametrize(
    ("typed", "probe", "text"),
    [
        (3.4, 4.0, "探头4.0度，高0.6度"),
        (4.0, 3.4, "探头3.4度，低0.6度"),
        (4.0, 4.04, "探头4.0度，一样"),
        (4.0, None, ""),
        (None, 4.0, ""),
    ],
)
def test_it_says_how_far_the_probe_is_from_the_thermometer(
    typed: float | None, probe: float | None, text: str
) -> None:
    assert probe_difference_text(compared(typed, probe), ZH) == text


def test_a_row_is_marked_where_probe_and_thermometer_differ_much() -> None:
    far, near = (
        manual_reading_row(compared(4.0, probe), ZH, {7: "任师傅"}, NOW, ZONE) for probe in (4.6, 4.4)
    )
    assert (far.apart, near.apart) == (True, False)
    assert (far.who, far.when, far.says) == ("任师傅", "3:18", "4.0度")


def test_a_reader_who_is_gone_leaves_the_reading() -> None:
    assert manual_reading_row(compared(4.0, None), ZH, {}, NOW, ZONE).who == ""


def test_values_are_said_in_one_order_whatever_order_they_came_in() -> None:
    assert values_text({"humidity": 91.0, "temperature": 3.4}, ZH) == "3.4度 湿91"
    assert values_text({}, EN) == ""


def test_a_number_that_is_none_gets_its_sentence_at_its_field() -> None:
    typed = form(temperature="三度", humidity="91")
    assert read_values(typed, ZH) == {"humidity": 91.0}
    assert "三度" in typed.errors["temperature"]


def test_a_reading_written_down_for_later_keeps_its_time_of_the_site() -> None:
    assert read_time(form(at="2026-01-14T03:19:46"), ZH, ZONE, NOW) == NOW
    assert read_time(form(at="2026-01-14T03:19:46"), ZH, "UTC", NOW) == NOW + 8 * 3_600_000


def test_a_time_that_is_none_is_said_at_its_field() -> None:
    typed = form(at="昨天早上")
    assert read_time(typed, ZH, ZONE, NOW) is None
    assert "at" in typed.errors


def test_a_phone_that_waited_for_its_network_says_how_long() -> None:
    assert read_time(form(waited="90"), ZH, ZONE, NOW) == NOW - 90_000
    assert read_time(form(), ZH, ZONE, NOW) is None


@pytest.mark.parametrize("waited", ["0", "-5", "soon", str(DAY_MS // 1000)])
def test_a_wait_that_cannot_be_is_no_time(waited: str) -> None:
    assert read_time(form(waited=waited), ZH, ZONE, NOW) is None


def test_the_same_form_is_known_again_however_long_the_phone_waited() -> None:
    first = submission_digest(form(temperature="3.4", waited="1"))
    assert submission_digest(form(temperature="3.4", waited="90")) == first
    assert submission_digest(form(temperature="3.5", waited="1")) != first
