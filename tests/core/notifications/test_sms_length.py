"""Counting as the networks do."""

import pytest

from core.notifications.sms_length import length, segments


@pytest.mark.parametrize(
    ("count", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (150, 3), (160, 3), (500, 8)]
)
def test_it_counts_parts_as_the_networks_do(count: int, parts: int) -> None:
    assert segments("库" * count) == parts


def test_an_emoji_counts_two() -> None:
    assert length("好🥔") == 3
