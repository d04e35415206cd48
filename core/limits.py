"""What a room must keep now, per metric and position class, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """Outside `safe` for `safe_delay_s` warns; outside `hard` for `hard_delay_s` is critical.

    Bounds are in the metric's unit; `None` is unbounded on that side. A breach clears when the value
    is inside by `hysteresis`. `version` is the room's: it rises with every change, and delays start anew.
    `origin` says who asked for it: `contents` (the lots), `use` (the room's declared use), `hand`.
    """

    room: int
    version: int
    metric: str
    position_class: str
    safe_low: float | None
    safe_high: float | None
    hard_low: float | None
    hard_high: float | None
    safe_delay_s: int
    hard_delay_s: int
    hysteresis: float
    origin: str
    produce: tuple[str, ...] = ()
    reason: str = ""
    by: int | None = None
    valid_from: int = 0
