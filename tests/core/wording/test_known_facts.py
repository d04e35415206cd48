"""What is not known leaves no hole in a sentence."""

import pytest

from core.phrases import Phrase
from core.wording.known_facts import fill_known

AWAY = "历史库写不进去，已经%(long)s。数都留着（%(why)s）"
REFUSED = "有些读数不收（%(at)s：%(why)s），还能建%(n)d个"


def say(text: str, **facts: object) -> str:
    return fill_known(text, facts, lambda source: source)


@pytest.mark.parametrize("nothing", [{}, {"long": "", "why": None}, {"long": " ", "why": ""}])
def test_a_bracket_without_facts_is_left_out_and_elsewhere_stands_a_mark(nothing: dict[str, object]) -> None:
    assert say(AWAY, **nothing) == "历史库写不进去，已经？。数都留着"


def test_what_is_known_of_a_bracket_stays() -> None:
    assert say(REFUSED, at="8:22", n=3) == "有些读数不收（8:22），还能建3个"
    assert say(REFUSED, why="boom (x)", n=3) == "有些读数不收（boom (x)），还能建3个"
    assert say(REFUSED, at="8:22", why="boom") == "有些读数不收（8:22：boom），还能建？个"


def test_english_brackets_and_percent_signs() -> None:
    assert say("on battery, 5%% left (%(why)s), see (docs/x.md)") == "on battery, 5% left, see (docs/x.md)"


def test_a_fact_that_is_a_phrase_is_translated() -> None:
    translated = {"门%(state)s": "door %(state)s", "开着": "open"}
    assert (
        fill_known("门%(state)s", {"state": Phrase("开着")}, lambda text: translated.get(text, text))
        == "door open"
    )


def test_a_zero_is_a_fact() -> None:
    assert say("还剩%(n)s", n=0) == "还剩0"
