"""What is stamped while the machine's clock is wrong."""

import pytest

from core.times import DAY_MS, HOUR_MS
from ingest.stamper import BELIEVED_AFTER_MS, BOOT_MS, PATIENCE_MS, Stamper

NOW = 1_800_000_000_000


class Machine:
    """Two clocks, and whether a time server keeps the first."""

    def __init__(self) -> None:
        self.wall, self.elapsed, self.is_synchronized = NOW, 0, False

    def pass_ms(self, ms: int) -> None:
        self.wall += ms
        self.elapsed += ms

    def stamper(self) -> Stamper:
        return Stamper(lambda: self.wall, lambda: self.elapsed, lambda: self.is_synchronized)


def test_a_clock_that_is_set_back_is_not_followed_at_once_and_time_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = Machine()
    stamper = machine.stamper()
    assert stamper.now() == NOW
    machine.wall -= HOUR_MS
    assert stamper.now() == NOW
    machine.pass_ms(1000)
    assert stamper.now() == NOW + 1000
    assert [record.message for record in caplog.records] == [
        "clock set back by 3600 s; stamping goes on without it"
    ]


def test_it_is_followed_when_a_time_server_vouches_for_it() -> None:
    machine = Machine()
    stamper = machine.stamper()
    machine.wall = NOW + 300 * DAY_MS
    stamper.now()
    machine.wall = NOW
    assert stamper.now() > NOW
    machine.is_synchronized = True
    assert stamper.now() == NOW


def test_it_is_followed_at_once_when_devices_show_the_same_time() -> None:
    machine = Machine()
    stamper = machine.stamper()
    machine.wall = NOW + DAY_MS
    assert stamper.now() == NOW + DAY_MS
    stamper.hear([("a", NOW)])
    machine.wall = NOW
    assert stamper.now() == NOW


def test_devices_that_contradict_it_outweigh_a_time_server_and_time() -> None:
    machine = Machine()
    machine.is_synchronized = True
    stamper = machine.stamper()
    stamper.now()
    machine.wall -= HOUR_MS
    for minute in range(60):
        stamper.hear([("a", NOW + minute * 60_000)])
        assert stamper.now() == NOW + minute * 60_000
        assert stamper.look() <= 0
        machine.pass_ms(60_000)


def test_it_is_followed_after_ten_minutes_when_nothing_contradicts_it() -> None:
    machine = Machine()
    stamper = machine.stamper()
    stamper.now()
    machine.wall -= HOUR_MS
    stamper.now()
    machine.pass_ms(BELIEVED_AFTER_MS - 1)
    assert stamper.now() == NOW + BELIEVED_AFTER_MS - 1
    machine.pass_ms(1)
    assert stamper.now() == machine.wall


def test_a_clock_that_was_never_set_is_not_followed() -> None:
    machine = Machine()
    stamper = machine.stamper()
    stamper.now()
    machine.wall, machine.is_synchronized = 1_000, True
    machine.pass_ms(BELIEVED_AFTER_MS)
    assert stamper.now() == NOW + BELIEVED_AFTER_MS


def test_a_machine_that_boots_in_the_past_waits_but_not_for_ever() -> None:
    machine = Machine()
    stamper = machine.stamper()
    last = NOW + HOUR_MS
    assert not stamper.may_stamp(last)
    machine.pass_ms(PATIENCE_MS - 1)
    assert not stamper.may_stamp(last)
    machine.pass_ms(1)
    assert stamper.may_stamp(last)
    assert stamper.now() >= last


def test_on_a_machine_that_has_run_for_long_nobody_waits_for_the_clock() -> None:
    """It was ahead and was set right while no listener ran, or a person set it back."""
    machine = Machine()
    machine.pass_ms(BOOT_MS)
    stamper = machine.stamper()
    assert stamper.may_stamp(machine.wall + DAY_MS)
    assert stamper.now() >= machine.wall


def test_a_clock_of_1970_is_waited_for_however_long_the_machine_has_run() -> None:
    machine = Machine()
    machine.wall, machine.elapsed = 1_000, BOOT_MS
    assert not machine.stamper().may_stamp(NOW)


def test_a_listener_that_starts_after_the_clock_was_set_right_does_not_wait() -> None:
    machine = Machine()
    stamper = machine.stamper()
    last, lead = machine.wall + HOUR_MS, HOUR_MS
    assert not stamper.may_stamp(last), "nobody knew that it was ahead"
    assert not stamper.may_stamp(last, lead // 2), "it was set back by more"
    assert stamper.may_stamp(last, lead)
    assert stamper.now() == machine.wall
