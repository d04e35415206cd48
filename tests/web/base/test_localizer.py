from datetime import date

import pytest

from core.metrics import Verdict
from core.overview.status import RoomState
from core.rooms.limits import Limit
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from web.base.localizer import Localizer

ZH, EN = Localizer("zh"), Localizer("en")
NIGHT = 1_768_331_986_000  # 2026-01-14 03:19:46 in Fenyang


def limit(low: float | None, high: float | None, metric: str = "temperature") -> Limit:
    return Limit(1, 1, metric, "air", low, high, None, None, 60, 60, 0.5, "contents")


def test_it_says_an_age_as_people_do() -> None:
    assert [ZH.age(ms) for ms in (0, 59_999, 3 * MINUTE_MS, 2 * HOUR_MS, 3 * DAY_MS)] == [
        "刚刚",
        "刚刚",
        "3分钟前",
        "2小时前",
        "3天前",
    ]
    assert EN.age(3 * MINUTE_MS) == "3 min ago"


def test_it_says_how_long_nothing_was_heard() -> None:
    assert ZH.long(2 * HOUR_MS + 10 * MINUTE_MS + 59_000) == "2小时10分"
    assert ZH.long(2 * HOUR_MS) == "2小时"
    assert ZH.long(5_000) == "1分钟"


def test_it_says_what_should_be_without_empty_decimals() -> None:
    assert ZH.band(limit(2.5, 7.0)) == "该在2.5到7度"
    assert ZH.band(limit(-0.3, 4.0)) == "该在零下0.3到4度"
    assert ZH.band(limit(None, 1200, "co2")) == "二氧化碳该在1200以下"
    assert ZH.band(None) == ""
    assert EN.band(limit(2.5, 7.0)) == "keep 2.5 to 7°"


def test_it_says_cold_in_words_in_a_sentence_and_with_a_sign_where_it_stands_alone() -> None:
    assert ZH.degrees(-21) == "零下21.0度"
    assert ZH.figure(-0.34) == "−0.3"
    assert ZH.figure(-0.04) == "0.0"
    assert ZH.number(-0.04) == "0.0"


def test_it_says_tonnes_from_a_tonne_on_and_the_own_unit_below() -> None:
    assert ZH.weight(38_000_000) == "38吨"
    assert ZH.weight(1_250_000) == "1.2吨"
    assert ZH.weight(300_000) == "600斤"
    assert Localizer("zh", "kg").weight(300_000) == "300公斤"
    assert ZH.exact_weight(20_000_000) == "40,000斤"


def test_it_tells_the_time_of_the_place_not_of_the_machine() -> None:
    assert ZH.clock(NIGHT, "Asia/Shanghai") == "3:19"
    assert ZH.day(NIGHT, "Asia/Shanghai") == "1月14日"
    assert ZH.weekday(NIGHT, "Asia/Shanghai") == "星期三"
    assert ZH.moment(NIGHT - DAY_MS, NIGHT, "Asia/Shanghai") == "1月13日 3:19"
    assert EN.day(NIGHT, "Asia/Shanghai") == "14 Jan"


def test_every_state_and_verdict_has_a_word_in_both_languages() -> None:
    for words in (ZH, EN):
        assert all(words.state(state) for state in RoomState)
        assert all(words.verdict(verdict) for verdict in Verdict)
    assert ZH.verdict(Verdict.FREEZING) == "↓要冻"
    assert ZH.verdict(None) == ""


@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_is_told_as_its_language_does(month: int) -> None:
    day = date(2026, month, 9)
    assert ZH.date(day) == f"{month}月9日"
    assert EN.date(day).isascii()
    assert EN.date(day).startswith("9 ")


def test_a_moment_is_of_the_site_s_day_and_not_of_the_reader_s() -> None:
    at, now = NIGHT - 4 * HOUR_MS, NIGHT  # the evening before in Fenyang, the same day in UTC
    assert ZH.moment(at, now, "Asia/Shanghai") == "1月13日 23:19"
    assert ZH.moment(at, now, "UTC") == "15:19"
