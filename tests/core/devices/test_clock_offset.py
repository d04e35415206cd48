"""Clocks that are wrong by whole hours, against what is only late."""

import pytest

from core.devices.clock_offset import NOTHING, OffsetSuspicion, correct, is_right_again, is_wrong, observe
from core.readings.readings import Flag
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

NOW = 1_800_000_000_000
CLOCK_WRONG, LATE = int(Flag.CLOCK_WRONG), int(Flag.LATE)


def watch(
    behind: list[int], every: int = 5 * MINUTE_MS, suspicion: OffsetSuspicion = NOTHING
) -> OffsetSuspicion:
    """Messages `every` ms of a device that claims a time `behind` ours, each by so much."""
    for number, offset in enumerate(behind):
        received_at = NOW + number * every
        suspicion = observe(suspicion, received_at - offset, received_at)
    return suspicion


@pytest.mark.parametrize(
    "off", [8 * HOUR_MS, -8 * HOUR_MS, HOUR_MS, -HOUR_MS, 12 * HOUR_MS, 5 * HOUR_MS + 30 * MINUTE_MS]
)
def test_the_same_whole_hours_in_every_message_are_a_wrong_clock(off: int) -> None:
    suspicion = watch([off + apart for apart in (300, 2_000, 20_000, 500, 1_000, 700)])
    assert is_wrong(suspicion)
    assert suspicion.off == off


def test_it_takes_six_messages_and_ten_minutes() -> None:
    assert not is_wrong(watch([8 * HOUR_MS] * 5))
    assert not is_wrong(watch([8 * HOUR_MS] * 30, every=20_000))
    assert is_wrong(watch([8 * HOUR_MS] * 32, every=20_000))


def test_a_backlog_that_drains_is_not_a_wrong_clock() -> None:
    draining = [8 * HOUR_MS - number * 4 * MINUTE_MS for number in range(60)]
    assert not any(is_wrong(watch(draining[:most])) for most in range(1, 61))
    assert not is_wrong(watch([3 * HOUR_MS + 7 * MINUTE_MS] * 20))


def test_hourly_means_that_carry_the_time_of_their_beginning_are_not_a_wrong_clock() -> None:
    assert not is_wrong(watch([HOUR_MS] * 20, every=HOUR_MS))
    assert is_wrong(watch([8 * HOUR_MS] * 20, every=HOUR_MS))


def test_a_difference_that_moves_or_pauses_begins_anew() -> None:
    assert watch([8 * HOUR_MS, 8 * HOUR_MS, 7 * HOUR_MS]).messages == 1
    assert watch([8 * HOUR_MS, 8 * HOUR_MS + 80_000, 8 * HOUR_MS + 70_000]).messages == 2
    assert watch([8 * HOUR_MS, 8 * HOUR_MS], every=3 * HOUR_MS + 1).messages == 1
    assert watch([40 * DAY_MS] * 20) == NOTHING


def test_a_clock_that_was_set_is_right_again_after_three_messages() -> None:
    assert not is_right_again(watch([1_000, -1_000]))
    assert is_right_again(watch([1_000, -1_000, 20_000]))
    assert not is_right_again(watch([1_000, 8 * HOUR_MS, 1_000, 1_000]))


def test_a_corrected_time_keeps_the_claimed_one_and_the_order_of_a_backlog() -> None:
    assert correct(NOW - 8 * HOUR_MS, NOW, 8 * HOUR_MS) == (NOW, CLOCK_WRONG, NOW - 8 * HOUR_MS)
    assert correct(NOW + 8 * HOUR_MS, NOW + 900, -8 * HOUR_MS) == (NOW, CLOCK_WRONG, NOW + 8 * HOUR_MS)
    hours_ago = NOW - 11 * HOUR_MS
    assert correct(hours_ago, NOW, 8 * HOUR_MS) == (NOW - 3 * HOUR_MS, CLOCK_WRONG | LATE, hours_ago)


def test_a_time_that_is_right_stays_and_one_that_nothing_explains_is_for_others_to_judge() -> None:
    assert correct(NOW, NOW, 8 * HOUR_MS) == (NOW, 0, None)
    assert correct(NOW + 3 * HOUR_MS, NOW, 8 * HOUR_MS) is None
    assert correct(1_000, NOW, 8 * HOUR_MS) is None
