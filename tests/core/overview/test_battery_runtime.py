"""When the box's last word is due."""

import pytest

from core.overview.battery_runtime import BatteryNotice, PowerSupply, due_notice


@pytest.mark.parametrize(
    ("supply", "announced", "due"),
    [
        (None, False, BatteryNotice.NOTHING),
        (None, True, BatteryNotice.NOTHING),
        (PowerSupply(False, 100, 60), False, BatteryNotice.NOTHING),
        (PowerSupply(False, 3, 1), False, BatteryNotice.NOTHING),
        (PowerSupply(True, 90, 40), False, BatteryNotice.NOTHING),
        (PowerSupply(True, 90, 5), False, BatteryNotice.LAST),
        (PowerSupply(True, 90, 5), True, BatteryNotice.NOTHING),
        (PowerSupply(True, 15), False, BatteryNotice.LAST),
        (PowerSupply(True, 16), False, BatteryNotice.NOTHING),
        (PowerSupply(True, 90, 40, low=True), False, BatteryNotice.LAST),
        (PowerSupply(True), False, BatteryNotice.NOTHING),
        (PowerSupply(True, 90, 40), True, BatteryNotice.NOTHING),
        (PowerSupply(False, 3, 1), True, BatteryNotice.BACK),
    ],
)
def test_the_last_word_is_said_once_and_its_end_once(
    supply: PowerSupply | None, announced: bool, due: BatteryNotice
) -> None:
    assert due_notice(supply, announced=announced) == due


def test_minutes_go_before_per_cent_where_both_are_known() -> None:
    assert due_notice(PowerSupply(True, 10, 30), announced=False) == BatteryNotice.NOTHING


def test_more_notice_may_be_wanted() -> None:
    assert due_notice(PowerSupply(True, 50, 18), announced=False, minutes=20) == BatteryNotice.LAST
