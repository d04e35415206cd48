from typing import Any

import pytest

from core.readings.readings import Flag
from tests.web.builders import EN, NOW, ZH, probe
from web.readings.data_quality import WHY, doubt_text, room_doubt_text

DOUBTED: dict[str, Any] = {"doubtful": True, "fresh": False, "flags": Flag.STUCK}


@pytest.mark.parametrize("flag", WHY)
def test_every_doubt_has_its_reason_in_both_languages(flag: Flag) -> None:
    chinese, english = doubt_text(flag, ZH), doubt_text(flag, EN)
    assert chinese.startswith("数不准：")
    assert chinese != english


def test_a_late_reading_is_no_doubtful_one() -> None:
    assert doubt_text(Flag.LATE, ZH) == ""
    assert doubt_text(0, ZH) == ""


def test_where_nothing_else_measures_the_air_it_says_what_the_probe_reports() -> None:
    wrong = probe(85.0, **DOUBTED)
    assert room_doubt_text([wrong], False, ZH, NOW) == "门边报85.0度，数不准"
    assert room_doubt_text([wrong, probe(spot="back")], True, ZH, NOW) == "门边数不准"


def test_a_doubted_humidity_is_not_taken_for_the_temperature() -> None:
    assert room_doubt_text([probe(0, metric="humidity", **DOUBTED)], True, ZH, NOW) == "门边湿度数不准"


def test_several_are_told_as_one_with_their_number() -> None:
    both = [probe(85, **DOUBTED), probe(-55, "back", **DOUBTED)]
    assert room_doubt_text(both, False, ZH, NOW) == "门边等2处数不准"


def test_a_room_without_doubt_says_nothing() -> None:
    assert room_doubt_text([probe()], True, ZH, NOW) == ""
