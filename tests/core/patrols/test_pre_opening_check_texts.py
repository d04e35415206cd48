"""Every result of the pre-opening check can be said, in both languages, with what to do."""

import re
from pathlib import Path

import pytest

from core.overview import machine_health
from core.overview.machine_texts import MACHINE_TEXTS
from core.patrols import pre_opening_check
from core.patrols.pre_opening_check_texts import CHECK_TEXTS, TOPICS, sentence
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from i18n.language import LANGS, translator

FACTS: dict[str, object] = {
    "n": 2,
    "room": "3号库",
    "spot": "door",
    "spots": ["door", "back"],
    "long_ms": 3 * HOUR_MS,
    "percent": 15,
    "by": "1.5",
    "low": "18.0",
    "high": "19.5",
    "day": "2026-01-20",
    "texts": 40,
    "money": "9.90",
    "name": "任师傅",
    "site": "古池库区",
    "gb": "1.5",
    "minutes": 5,
}


@pytest.mark.parametrize("code", CHECK_TEXTS)
def test_every_result_can_be_said_in_both_languages(code: str) -> None:
    texts = CHECK_TEXTS[code]
    for lang in LANGS:
        text = sentence(texts.finding, FACTS, translator(lang))
        assert text
        assert "%(" not in text
    assert texts.topic in TOPICS


def test_every_code_that_a_judgement_gives_has_its_texts() -> None:
    """A result without texts is dropped when the stored check is read."""
    codes = {
        code
        for module in (pre_opening_check, machine_health)
        for code in re.findall(r'"([a-z]+_[a-z_]+)"', Path(str(module.__file__)).read_text())
    }
    assert codes <= CHECK_TEXTS.keys()
    assert set(MACHINE_TEXTS) <= CHECK_TEXTS.keys()
    assert {"listener-silent", "broker-not-connected"} <= CHECK_TEXTS.keys()


def test_the_clock_of_a_check_stored_before_the_minutes_were_can_still_be_said() -> None:
    assert sentence(CHECK_TEXTS["own_clock"].finding, {}, translator("zh")) == "这台机器的钟慢了"


def test_temperatures_below_zero_are_said_in_words() -> None:
    facts = FACTS | {"low": "-1.5", "high": "-0.0"}
    finding = CHECK_TEXTS["probes_apart"].finding
    assert sentence(finding, facts, translator("zh")) == "3号库各处差1.5度（零下1.5到0.0）"
    assert "−1.5" in sentence(finding, facts, translator("en"))
    assert facts["low"] == "-1.5"


@pytest.mark.parametrize(
    ("long_ms", "expected"),
    [(0, "1分钟"), (5 * MINUTE_MS, "5分钟"), (3 * HOUR_MS + 1, "3小时"), (9 * DAY_MS + HOUR_MS, "9天")],
)
def test_a_silence_is_said_in_its_largest_unit(long_ms: int, expected: str) -> None:
    text = sentence(CHECK_TEXTS["probe_silent"].finding, FACTS | {"long_ms": long_ms}, translator("zh"))
    assert text == f"3号库门边 {expected}没数"
