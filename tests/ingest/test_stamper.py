"""What is stamped while the machine's clock is wrong."""

from core.times import DAY_MS, HOUR_MS
from ingest.stamper import PATIENCE_MS, Stamper

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


def test_a_clock_that_is_set_back_is_waited_for_at_half_speed() -> None:
    machine = Machine()
    stamper = machine.stamper()
    assert stamper.now() == NOW
    machine.wall -= HOUR_MS
    assert stamper.now() == NOW
    machine.pass_ms(1000)
    assert stamper.now() == NOW + 500


def test_a_stamp_far_ahead_is_dropped_only_where_a_time_server_vouches_for_the_clock() -> None:
    machine = Machine()
    stamper = machine.stamper()
    machine.wall = NOW + 300 * DAY_MS
    stamper.now()
    machine.wall = NOW
    assert stamper.now() > NOW
    machine.is_synchronized = True
    assert stamper.now() == NOW


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
