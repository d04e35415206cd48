"""The limit that tests judge by unless they need another one."""

from core.rooms.limits import Limit

COLD_ROOM = Limit(
    room=1,
    version=1,
    metric="temperature",
    position_class="air",
    safe_low=2.5,
    safe_high=7.0,
    hard_low=0.0,
    hard_high=12.0,
    safe_delay_s=1800,
    hard_delay_s=600,
    hysteresis=0.5,
    origin="hand",
)
