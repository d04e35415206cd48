import io

import pytest

from coldshed.progress import QUIET_S, Progress


class Task:
    """Reports its progress at moments of a clock that the test sets."""

    def __init__(self) -> None:
        self.clock, self.out = 0.0, io.StringIO()
        self.progress = Progress("copying", self.out, lambda: self.clock)

    def report(self, at: float, done: int, total: int = 100) -> None:
        self.clock = at
        self.progress(done, total)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


def test_a_short_task_says_nothing() -> None:
    task = Task()
    for at, done in ((0.1, 10), (QUIET_S - 0.1, 90), (QUIET_S, 100)):
        task.report(at, done)
    assert task.lines == []


def test_a_long_one_says_how_far_it_is_every_two_seconds_and_at_its_end() -> None:
    task = Task()
    for tenths in range(50):
        task.report(tenths / 10, 2 * tenths)
    task.report(5.0, 100)
    assert task.lines == ["copying 40/100 (40 %)", "copying 80/100 (80 %)", "copying 100/100 (100 %)"]


def test_its_end_is_said_once() -> None:
    task = Task()
    task.report(QUIET_S, 50)
    for _ in range(3):
        task.report(2 * QUIET_S, 100)
    assert len(task.lines) == 2


@pytest.mark.parametrize(("done", "total"), [(0, 0), (3, 0), (5, 3)])
def test_a_task_without_a_size_does_not_divide_by_it(done: int, total: int) -> None:
    task = Task()
    task.report(QUIET_S, 0, 10)
    task.report(QUIET_S, done, total)
    assert task.lines[-1].startswith(f"copying {done}/{total}")
