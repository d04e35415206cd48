"""The last SMS of a box whose battery runs out: a second part may never be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notifications import sms_length
from core.notifications.alert_texts import TextStyle
from core.notifications.last_word import last_word_text, power_back_text
from core.times import DAY_MS, HOUR_MS
from i18n.language import Lang, translator

signatures = st.text("万宝山联合社A😀", min_size=1, max_size=20)
languages: st.SearchStrategy[Lang] = st.sampled_from(["zh", "en"])
minutes_left = st.none() | st.integers(0, 100_000)


def style(signature: str, language: Lang) -> TextStyle:
    return TextStyle(signature, language, translator(language))


@given(signatures, languages, minutes_left)
def test_the_last_word_is_one_part_and_begins_with_its_signature(
    signature: str, language: Lang, minutes: int | None
) -> None:
    text = last_word_text(style(signature, language), minutes)
    assert sms_length.segments(text) == 1
    assert text.startswith(f"【{signature}】")


@given(signatures, languages, st.integers(0, 400 * DAY_MS))
def test_the_news_of_the_mains_is_one_part_too(signature: str, language: Lang, away_ms: int) -> None:
    text = power_back_text(style(signature, language), away_ms)
    assert sms_length.segments(text) == 1
    assert text.startswith(f"【{signature}】")


@given(st.text("万宝山联合社", min_size=2, max_size=6), st.integers(1, 999))
def test_with_a_usual_signature_nothing_is_cut_and_the_minutes_are_in_it(
    signature: str, minutes: int
) -> None:
    text = last_word_text(style(signature, "zh"), minutes)
    assert f"还撑{minutes}分钟" in text
    assert text.endswith("请派人守库看温度计。")


@pytest.mark.parametrize("minutes", [None, 0])
def test_no_minutes_are_named_where_none_are_known_or_left(minutes: int | None) -> None:
    text = last_word_text(style("万宝山", "zh"), minutes)
    assert "快没了" in text
    assert "分钟" not in text
    assert "None" not in text


def test_the_text_says_how_long_the_rooms_were_unwatched() -> None:
    assert "90分钟" in power_back_text(style("万宝山", "zh"), 3 * HOUR_MS // 2)


@given(st.text("长", min_size=40, max_size=66))
def test_what_is_too_long_is_cut_at_its_end_and_looks_cut(signature: str) -> None:
    text = last_word_text(style(signature, "zh"), 5)
    assert sms_length.length(text) == sms_length.ONE_PART
    assert text.endswith("…")
