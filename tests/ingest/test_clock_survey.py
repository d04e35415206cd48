"""Who is wrong, this machine or its devices."""

import pytest

from core.devices.clock_survey import OFF_MS, STEADY_FOR_MS
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from ingest.clock_survey import DEVICES, HEARD_WITHIN_MS, ClockSurvey

NOW = 1_800_000_000_000


class Machine:
    """A machine whose clock is off by `off`, and devices whose clocks are right but for `device_off`."""

    def __init__(self) -> None:
        self.survey = ClockSurvey()
        self.elapsed, self.off, self.synchronized = 0, 0, False

    @property
    def wall(self) -> int:
        return NOW + self.elapsed + self.off

    def hear(self, *behind: int) -> int:
        """Devices say their time, each behind the right one by so much (ms). Returns our lead."""
        times = [(f"d{number}", NOW + self.elapsed - ms) for number, ms in enumerate(behind)]
        self.survey.hear(times, self.elapsed)
        return self.look()

    def look(self) -> int:
        return self.survey.look(self.wall, self.elapsed, synchronized=self.synchronized)

    def minutes(self, count: int, *behind: int) -> list[int]:
        leads = []
        for _ in range(count):
            self.elapsed += MINUTE_MS
            leads.append(self.hear(*behind))
        return leads


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize("step", [HOUR_MS, -HOUR_MS, DAY_MS, 11 * MINUTE_MS])
def test_a_step_of_our_clock_shows_at_once_even_with_one_device(machine: Machine, step: int) -> None:
    assert machine.hear(500) == 0
    machine.off = step
    assert machine.look() == step + 500, "no device has spoken since"
    assert machine.hear(700) == step + 700
    machine.off = 0
    assert machine.look() == 0


def test_a_clock_that_was_wrong_from_the_start_shows_when_devices_agree_for_a_while(machine: Machine) -> None:
    machine.off = HOUR_MS
    assert machine.hear(500, 900, 1_000) == 0
    machine.elapsed += STEADY_FOR_MS
    assert machine.hear(600, 800, 1_000) == HOUR_MS + 800


def test_one_device_that_is_late_is_no_proof_against_us(machine: Machine) -> None:
    assert set(machine.minutes(30, 11 * MINUTE_MS)) == {0}
    assert set(machine.minutes(30, 11 * MINUTE_MS, 0)) == {0}


def test_a_backlog_of_every_device_is_no_proof_against_us(machine: Machine) -> None:
    machine.minutes(2, 0, 0, 0)
    for age in range(2 * HOUR_MS, 10 * MINUTE_MS, -MINUTE_MS):  # twice as fast as time passes
        assert machine.minutes(1, age, age + 900, age + 500) == [0]


def test_where_a_time_server_keeps_our_clock_only_a_step_of_it_is_believed(machine: Machine) -> None:
    machine.synchronized = True
    assert set(machine.minutes(10, 8 * HOUR_MS, 8 * HOUR_MS, 8 * HOUR_MS)) == {0}
    machine.minutes(1, 0, 0, 0)
    machine.off = DAY_MS
    assert machine.look() == DAY_MS


def test_a_small_difference_is_no_trouble(machine: Machine) -> None:
    assert set(machine.minutes(10, OFF_MS - 1, OFF_MS - 2)) == {0}


def test_a_restart_goes_on_from_what_was_known(machine: Machine) -> None:
    machine.off = DAY_MS
    machine.survey.resume(DAY_MS, machine.wall, machine.elapsed)
    assert machine.survey.lead == DAY_MS
    assert machine.hear(500) == DAY_MS + 500, "one device is enough"
    machine.off = 0
    assert machine.look() == 0


def test_while_no_device_speaks_the_monotonic_clock_tells_that_ours_was_set(machine: Machine) -> None:
    machine.hear(0, HOUR_MS)
    machine.hear(0, 0)
    machine.survey._heard.clear()
    machine.off = DAY_MS
    assert machine.look() == DAY_MS
    machine.off = 0
    assert machine.look() == 0


def test_it_forgets_devices_that_fell_silent_and_all_but_the_last(machine: Machine) -> None:
    machine.hear(0, 0)
    machine.off = HOUR_MS
    machine.look()
    machine.elapsed += HEARD_WITHIN_MS + 1
    assert machine.look() == 0
    machine.hear(*[0] * (DEVICES + 50))
    assert len(machine.survey._heard) == DEVICES


def test_a_monotonic_clock_that_goes_back_harms_nothing(machine: Machine) -> None:
    machine.elapsed = HOUR_MS
    machine.hear(0, 0)
    machine.elapsed = 0
    assert machine.look() == 0
    assert machine.hear(0, 0) == 0


def test_devices_vouch_for_the_clock_that_shows_their_time(machine: Machine) -> None:
    assert not machine.survey.agrees(machine.wall, machine.elapsed)
    machine.hear(500, 700)
    assert machine.survey.agrees(machine.wall, machine.elapsed)
    assert not machine.survey.agrees(machine.wall + HOUR_MS, machine.elapsed)
