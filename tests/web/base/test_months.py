from tests.web.builders import EN, NOW, ZH, ZONE
from web.base.months import months


def test_a_year_goes_back_over_its_turn() -> None:
    values = [month.value for month in months(NOW, ZH, ZONE)]
    assert values[:2] == ["2026-01", "2025-12"]
    assert values[-1] == "2025-02"
    assert len(values) == 12


def test_the_month_is_the_site_s_not_the_machine_s() -> None:
    last_hour_of_january = 1_769_877_000_000  # 2026-02-01 00:30 in Fenyang, still January in UTC
    assert months(last_hour_of_january, ZH, ZONE, 1)[0].value == "2026-02"
    assert months(last_hour_of_january, ZH, "UTC", 1)[0].value == "2026-01"


def test_a_month_is_named_in_the_reader_s_language() -> None:
    assert months(NOW, ZH, ZONE, 1)[0].word == "2026年1月"
    assert months(NOW, EN, ZONE, 1)[0].word != "2026年1月"
