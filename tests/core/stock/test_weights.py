from decimal import Decimal

import pytest

from core.errors import Refused
from core.stock import weights


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("38", "38"),
        (" 1 234.5 ", "1234.5"),
        ("１２３４", "1234"),
        ("12,345,678", "12345678"),
        ("１２，３４５", "12345"),
        ("3。5", "3.5"),
        ("3．5", "3.5"),
        ("3点5", "3.5"),
        ("38。", "38"),
        (".5", "0.5"),
        ("零下2.5", "-2.5"),
        ("-2", "-2"),
        ("\u3000420", "420"),
    ],
)
def test_a_number_is_understood_from_any_keyboard(typed: str, number: str) -> None:
    assert weights.parse_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed", ["", " ", "。", "abc", "3,5", "1,23", "1.2.3", "--1", "1e5", "NaN", "inf", "3斤", "9" * 40]
)
def test_what_is_no_number_or_could_be_two_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        weights.parse_number(typed)
    assert refused.value.reason == "not_a_number"


@pytest.mark.parametrize(
    ("typed", "unit", "grams"),
    [
        ("840", "jin", 420_000),
        ("840", "kg", 840_000),
        ("840斤", "kg", 420_000),
        ("840 公斤", "jin", 840_000),
        ("38吨", "jin", 38_000_000),
        ("1.25 t", "jin", 1_250_000),
        ("500KG", "jin", 500_000),
        ("３８吨。", "jin", 38_000_000),
        ("0.001斤", "jin", 0),
    ],
)
def test_a_weight_is_taken_in_the_unit_that_was_typed(typed: str, unit: str, grams: int) -> None:
    if grams == 0:
        with pytest.raises(Refused):
            weights.parse_weight(typed, unit)
    else:
        assert weights.parse_weight(typed, unit) == grams


@pytest.mark.parametrize("typed", ["0", "-5斤", "9999999吨", "土豆"])
def test_it_refuses_weights_that_nobody_brings(typed: str) -> None:
    with pytest.raises(Refused):
        weights.parse_weight(typed)


@pytest.mark.parametrize(("typed", "count"), [("420袋", 420), ("４２筐", 42), ("1,000", 1000)])
def test_bags_are_counted(typed: str, count: int) -> None:
    assert weights.parse_bags(typed) == count


@pytest.mark.parametrize("typed", ["0袋", "1.5袋", "-3", "袋", "99999999999"])
def test_it_refuses_half_a_bag(typed: str) -> None:
    with pytest.raises(Refused):
        weights.parse_bags(typed)


def test_a_capacity_is_in_tonnes_whatever_the_federation_weighs_in() -> None:
    assert weights.parse_tonnes("2") == weights.parse_tonnes("2吨") == 2_000_000
    with pytest.raises(Refused):
        weights.parse_tonnes("很多")
    with pytest.raises(Refused):
        weights.parse_tonnes("-1")


def test_a_field_is_filled_to_the_gram() -> None:
    assert weights.in_unit(38_000_500, "jin") == "76001"
    assert weights.in_unit(38_000_501, "kg") == "38000.501"
