"""One reading of each value per style, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import METRICS
from core.phrases import Phrase, fill
from core.rooms.limits import Limit
from core.stock.weights import parse_weight
from core.times import HOUR_MS, MINUTE_MS
from core.wording import COMPACT, FULL
from core.wording.bands import band
from core.wording.durations import age, duration
from core.wording.numbers import bound_of, degrees_range, figure, measured, number
from core.wording.weights import contents, weight
from i18n.language import translator

EN = translator("en")


def zh(text: str) -> str:
    return text


def limit(low: float | None, high: float | None, metric: str = "temperature") -> Limit:
    return Limit(1, 1, metric, "air", low, high, None, None, 60, 60, 0.5, "contents")


@pytest.mark.parametrize(
    ("grams", "compact", "full"),
    [
        (640_250, "1280斤", "1,280.5斤"),
        (1_250_000, "1.2吨", "2,500斤"),
        (12_540_000, "12.5吨", "25,080斤"),
        (38_000_500, "38吨", "76,001斤"),
        (250, "0斤", "0.5斤"),
    ],
)
def test_a_weight_has_one_compact_and_one_full_reading(grams: int, compact: str, full: str) -> None:
    assert (weight(grams, "jin", COMPACT), weight(grams, "jin", FULL)) == (compact, full)


@pytest.mark.parametrize(
    ("minutes", "compact", "full"),
    [
        (0, "1分钟", "1分钟"),
        (60, "1小时", "1小时"),
        (90, "90分钟", "1小时30分"),
        (150, "2小时30分", "2小时30分"),
        (25 * 60, "25小时", "1天1小时"),
        (48 * 60, "48小时", "2天"),
        (50 * 60, "50小时", "2天2小时"),
        (167 * 60, "167小时", "6天23小时"),
        (460 * 24 * 60 + 15 * 60, "11055小时", "460天"),
    ],
)
def test_a_duration_has_one_compact_and_one_full_reading(minutes: int, compact: str, full: str) -> None:
    ms = minutes * MINUTE_MS
    assert (duration(ms, COMPACT), duration(ms, FULL)) == (compact, full)


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert [number(-0.04), figure(-0.04), measured("temperature", -0.04)] == ["0.0", "0.0", "0.0度"]
    assert degrees_range(-0.04, 4) == "0.0到4度"
    assert [number(-0.3), figure(-0.3), bound_of("temperature", -2)] == ["零下0.3", "−0.3", "零下2度"]


def test_a_value_is_said_with_the_decimals_of_its_metric() -> None:
    assert [measured(metric, 91.44) for metric in ("temperature", "humidity", "co2")] == [
        "91.4度",
        "湿度91",
        "二氧化碳91",
    ]
    assert measured("humidity", 91.44, COMPACT) == "湿91"
    assert measured("humidity", 91.44, COMPACT).translated(EN) == "RH 91"
    assert measured("co2", 900, COMPACT) == measured("co2", 900)
    assert [measured("door", 1.0), measured("door", 0.0)] == ["门开着", "门关着"]
    assert measured("nothing_known", 3.5) == "3.5"


def test_a_phrase_is_said_in_english_with_all_its_parts() -> None:
    assert measured("co2", 900).translated(EN) == "CO₂ 900"
    assert band(limit(None, 1200, "co2")).translated(EN) == "keep CO₂ below 1200"
    assert degrees_range(-1, 2).translated(EN) == "−1 to 2 °C"
    assert fill("%(metric)s填了两次", {"metric": Phrase("湿度")}, EN) == "humidity is there twice"


def test_a_band_says_what_is_asked_for() -> None:
    assert band(limit(-0.3, 4.0)) == "该在零下0.3到4度"
    assert band(limit(85, None, "humidity")) == "湿度该在85以上"
    assert band(limit(300, 900, "co")) == "一氧化碳该在300到900"
    assert band(None) == band(limit(None, None)) == ""


def test_contents_name_the_two_heaviest_and_say_that_there_is_more() -> None:
    goods = [("苹果", 500_000), ("土豆", 38_000_000), ("蘑菇", 2_000_000)]
    assert contents(goods, "jin", zh) == "土豆38吨、蘑菇2吨等"
    assert contents(goods[1:], "jin", zh) == "土豆38吨、蘑菇2吨"
    assert contents([("potato", 500_000)], "kg", EN) == "potato 500 kg"
    assert contents([], "jin", zh) == ""


def test_an_age_is_counted_in_its_largest_unit() -> None:
    assert [age(ms) for ms in (59_999, MINUTE_MS, 2 * HOUR_MS, 49 * HOUR_MS)] == [
        "刚刚",
        "1分钟前",
        "2小时前",
        "2天前",
    ]


@given(st.integers(1, 10**11), st.sampled_from(["jin", "kg"]))
def test_what_the_books_say_can_be_typed_in_again(grams: int, unit: str) -> None:
    assert parse_weight(weight(grams, unit, FULL), unit) == grams


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_name_and_a_reading_in_both_languages(metric: str) -> None:
    row = METRICS[metric]
    assert EN(row.name) != row.name
    assert measured(metric, row.low).translated(EN).isascii() or metric in ("temperature", "co2", "signal")
