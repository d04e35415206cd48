"""A wrong guess is worse than none: a limit or a soil probe read as air temperature raises false alerts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding import value_names
from core.decoding.value_names import MEANINGS, NamedValue, believed
from core.metrics import METRICS

NAMES = {
    "温度": "temperature",
    "temperature": "temperature",
    "wendu": "temperature",
    "湿度": "humidity",
    "humi": "humidity",
    "shidu": "humidity",
    "co2": "co2",
    "二氧化碳": "co2",
    "光照": "light",
    "气压": "pressure",
    "电量": "battery",
    "rssi": "signal",
}
name = st.sampled_from(sorted(NAMES))
NOT_AIR = ["上限", "下限", "设定", "报警", "土壤", "set", "max", "alarm", "soil", "water", "xyz"]


def meaning(text: str) -> NamedValue:
    value = MEANINGS[text]
    assert value is not None, text
    return value


@given(name, st.sampled_from(NOT_AIR), st.sampled_from(["{0}{1}", "{1}{0}", "{0}_{1}", "{1} {0}"]))
def test_one_unknown_word_takes_the_meaning_from_a_name(word: str, other: str, order: str) -> None:
    assert MEANINGS[order.format(word, other)] is None


@given(st.text(max_size=80))
def test_no_text_from_outside_breaks_it_or_gives_an_unknown_metric(text: str) -> None:
    value = MEANINGS[text]
    assert value is None or value.metric in METRICS


@given(name, st.text(st.sampled_from("温湿度上限一库tT1_.- ()%℃"), max_size=12))
def test_what_is_typed_around_a_known_name_never_turns_it_into_another_metric(word: str, more: str) -> None:
    value = MEANINGS[f"{word}_{more}"]
    assert value is None or value.metric == NAMES[word]


@given(name, st.integers(0, 99), st.sampled_from(["{0}{1}", "{0}_{1}", "{0} {1}", "{1}{0}", "{0}#{1}"]))
def test_a_number_tells_probes_apart_and_changes_no_metric(word: str, number: int, pattern: str) -> None:
    value = meaning(pattern.format(word, number))
    assert (value.metric, value.which, value.sure) == (NAMES[word], str(number), True)


@given(name)
def test_capitals_and_full_width_letters_are_the_same_name(word: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)
    assert MEANINGS[word.upper()] == MEANINGS[word.title()] == MEANINGS[wide] == MEANINGS[word]


@pytest.mark.parametrize("text", ["温湿度", "temp_hum", "温度湿度", "T1_2", "TH", "电池温度"])
def test_a_name_of_two_values_is_nobodys(text: str) -> None:
    assert MEANINGS[text] is None


@pytest.mark.parametrize(
    ("text", "metric", "unit"),
    [
        ("温度(℃)", "temperature", "C"),
        ("Temp[°F]", "temperature", "F"),
        ("湿度（%RH）", "humidity", "%"),
        ("CO2(ppm)", "co2", "ppm"),
        ("temp_f", "temperature", "F"),
        ("vbat_mv", "voltage", "mV"),
        ("csq", "signal", "csq"),
    ],
)
def test_a_unit_in_a_name_is_kept_as_it_is_written(text: str, metric: str, unit: str) -> None:
    assert meaning(text)[:3] == (metric, "", unit)


@pytest.mark.parametrize("text", ["温度(K)", "温度(上限)", "temp(", "湿度_ppm", "温度%"])
def test_a_unit_that_is_not_the_metrics_leaves_the_name_without_meaning(text: str) -> None:
    value = MEANINGS[text]
    assert value is None or value.unit == ""


@pytest.mark.parametrize("text", ["t", "T1", "h", "H2"])
def test_a_name_of_one_letter_is_never_sure(text: str) -> None:
    assert not meaning(text).sure


@given(st.floats(allow_nan=False))
def test_one_letter_counts_only_with_a_value_that_air_can_have(value: float) -> None:
    assert believed(meaning("t"), value) is (-60 <= value <= 100)
    assert believed(meaning("h"), value) is (0 <= value <= 100)
    assert believed(meaning("temp"), value)


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    names = value_names._NameTable()
    for number in range(2 * value_names._REMEMBER + 10):
        assert names[f"temp{number}"] is not None
        assert len(names) <= value_names._REMEMBER
