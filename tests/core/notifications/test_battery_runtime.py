"""When the box's last word is due."""

import pytest

from core.notifications.battery_runtime import Supply, Word, word


@pytest.mark.parametrize(
    ("supply", "said", "due"),
    [
        (None, False, Word.NOTHING),
        (None, True, Word.NOTHING),
        (Supply(False, 100, 60), False, Word.NOTHING),
        (Supply(False, 3, 1), False, Word.NOTHING),
        (Supply(True, 90, 40), False, Word.NOTHING),
        (Supply(True, 90, 5), False, Word.LAST),
        (Supply(True, 90, 5), True, Word.NOTHING),
        (Supply(True, 15), False, Word.LAST),
        (Supply(True, 16), False, Word.NOTHING),
        (Supply(True, 90, 40, low=True), False, Word.LAST),
        (Supply(True), False, Word.NOTHING),
        (Supply(True, 90, 40), True, Word.NOTHING),
        (Supply(False, 3, 1), True, Word.BACK),
    ],
)
def test_the_last_word_is_said_once_and_its_end_once(supply: Supply | None, said: bool, due: Word) -> None:
    assert word(supply, said=said) == due


def test_minutes_go_before_per_cent_where_both_are_known() -> None:
    assert word(Supply(True, 10, 30), said=False) == Word.NOTHING


def test_more_notice_may_be_wanted() -> None:
    assert word(Supply(True, 50, 18), said=False, minutes=20) == Word.LAST
