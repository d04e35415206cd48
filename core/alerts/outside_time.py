"""How long readings prove that a room was outside a bound. Waiting alone proves nothing."""

from typing import NamedTuple, Self


class OutsideTime(NamedTuple):
    """A timer that advances from reading to reading. Times in ms.

    `total`: proven time outside, less the proven time inside since then. The time between two readings
    counts if both are on the same side of the bound. `at`: the last reading that counted; `outside`: its
    side; `run_at`: the first reading on that side without a change; `spot`: where the last reading outside
    was measured.
    """

    total: int
    at: int
    outside: bool
    run_at: int
    spot: str = ""

    @classmethod
    def begin(cls, at: int, *, outside: bool, spot: str = "") -> Self:
        return cls(0, at, outside, at, spot if outside else "")

    def after(self, at: int, *, outside: bool, spot: str = "") -> Self:
        """The timer after a reading at `at`. A reading older than the last one adds no time."""
        at = max(at, self.at)
        spot = spot if outside else self.spot
        if outside != self.outside:
            return self._replace(at=at, outside=outside, run_at=at, spot=spot)
        gap = at - self.at
        total = self.total + gap if outside else max(0, self.total - gap)
        return self._replace(total=total, at=at, spot=spot)

    @property
    def run(self) -> int:
        """Proven time (ms) on the present side without a change."""
        return self.at - self.run_at

    def before(self, now: int) -> Self:
        """A copy with no time after `now`, for when the clock that stamped it ran ahead."""
        return self._replace(at=min(self.at, now), run_at=min(self.run_at, now))
