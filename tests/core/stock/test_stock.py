from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from core.stock.stock import BalanceStep, Movement, MovementKind, Shortage, balance_steps, shortage

IN, OUT = MovementKind.RECEIVE, MovementKind.ISSUE


def test_what_came_in_may_go_out_again() -> None:
    assert shortage([BalanceStep(10, 500)], BalanceStep(20, -500)) is None
    assert shortage([BalanceStep(10, 500)], BalanceStep(10, -500)) is None


def test_no_more_than_lies_there() -> None:
    assert shortage([BalanceStep(10, 500), BalanceStep(15, -200)], BalanceStep(20, -301)) == Shortage(20, 300)


def test_nothing_goes_out_before_it_came_in() -> None:
    assert shortage([BalanceStep(10, 500)], BalanceStep(9, -1)) == Shortage(9, 0)


def test_what_is_written_down_late_must_leave_enough_for_what_is_there_already() -> None:
    steps = [BalanceStep(10, 500), BalanceStep(20, -400), BalanceStep(30, 1000)]
    assert shortage(steps, BalanceStep(15, -100)) is None
    assert shortage(steps, BalanceStep(15, -101)) == Shortage(20, 100)


def test_a_line_counts_only_for_the_rooms_it_names() -> None:
    line = Movement(1, 1, MovementKind.TRANSFER, 300, 1, 2, 10, 10, None, "", None)
    assert balance_steps([line], 1) == [BalanceStep(10, -300)]
    assert balance_steps([line], 2) == [BalanceStep(10, 300)]
    assert balance_steps([line], 3) == []


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(-50, 50).filter(bool)), max_size=15),
)
def test_whatever_is_written_no_balance_is_ever_below_zero(tried: list[tuple[int, int]]) -> None:
    taken: list[BalanceStep] = []
    for at, grams in tried:
        step = BalanceStep(at, grams)
        if grams > 0 or shortage(taken, step) is None:
            taken.append(step)
    by_time = sorted(taken, key=lambda step: (step.at, -step.grams))
    assert all(balance >= 0 for balance in accumulate(step.grams for step in by_time))
