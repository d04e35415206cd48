"""Devices, clocks, the broker and the texts of a house that runs. Probes report each minute."""

from alerts.service import RESTS_S, WATCH_EVERY_S
from core.alerts.reporting_interval import QUIET_AT_LEAST, QUIET_UNKNOWN, SILENT_AT_LEAST
from core.devices.clock_survey import STEADY_FOR_MS
from core.overview.machine_health import ReceivingFault
from core.overview.machine_texts import MACHINE_TEXTS, RECEIVING_FAULT_TEXTS
from core.overview.service_progress import HUNG_AFTER_S
from core.overview.service_texts import UNSENT
from core.overview.status import FRESH_AT_LEAST, RoomState
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from ingest.listener import DELAYS_S, HEARTBEAT_S
from ingest.session import DEAF_S, SLOW_ANSWER_S, STEADY_S
from tests.broken_states.running import NOT_CONNECTED
from tests.broken_states.state import MISSING_S, BrokenState, Notice, text_s
from web.base.localizer import STATES

ISSUE_8 = "issue 8: one of several probes is told after half an hour, by day"
SOONER = "three reporting intervals, 10 minutes at least; the page says it sooner"
NEW = "a new probe has no interval yet, and may be switched on later"
AIR = "issue 8: the air that people breathe is told at once, also at night: after three intervals"

CONNECT_S = DELAYS_S[-1] + SLOW_ANSWER_S
"""The longest pause between two attempts, and the longest patience with one."""
STALE_S = FRESH_AT_LEAST / 1000
"""When the last value of a probe that reports each minute counts no more."""
TICK_S = 60.0
"""Journal and engine are looked at minute by minute in the tests."""


def _broker(issue: str, noted_s: float) -> tuple[Notice, ...]:
    return (
        Notice("page", SYSTEM_ISSUE_TEXTS[issue], noted_s),
        Notice("text", issue, text_s(issue, noted_s)),
    )


def _clock(fault: ReceivingFault, check: str, text: str, seen_s: float) -> tuple[Notice, ...]:
    return (
        Notice("healthz", fault, seen_s),
        Notice("page", RECEIVING_FAULT_TEXTS[fault], seen_s),
        Notice("doctor", MACHINE_TEXTS[check].technician_todo, seen_s),
        Notice("text", text, seen_s + WATCH_EVERY_S, by_day=True),
    )


def _probe(silence_ms: int, reason: str, head: str, *, by_day: bool = True) -> Notice:
    return Notice("text", head, silence_ms / 1000 + TICK_S, by_day, reason)


PARTLY_SILENT = "%(total)s个探头有%(n)s个没数"
NO_DATA = STATES[RoomState.NO_DATA]

LOGIN_REFUSED = BrokenState(
    "broker refuses our login",
    (
        Notice("healthz", NOT_CONNECTED, MISSING_S),
        Notice("doctor", SYSTEM_ISSUE_TEXTS["broker.login"]),
        *_broker("broker.login", CONNECT_S),
    ),
)
TAKEN = BrokenState("a foreign client takes the session", _broker("broker.cut_off", STEADY_S))
DEAF = BrokenState("listener deaf", _broker("broker.deaf", DEAF_S + HEARTBEAT_S))
CLOCK_AHEAD = BrokenState(
    "machine clock ahead",
    _clock(
        ReceivingFault.CLOCK_AHEAD,
        "own_clock_ahead",
        "库棚通主机的钟比设备快%(long)s,库照样看着,请对时。",
        STEADY_FOR_MS / 1000 + TICK_S + HEARTBEAT_S,
    ),
)
CLOCK_BACK = BrokenState(
    "machine clock set back",
    _clock(
        ReceivingFault.CLOCK_BEHIND,
        "own_clock",
        "库棚通主机的钟比设备慢%(long)s,库照样看着,请对时。",
        HEARTBEAT_S,
    ),
)
STEADILY_LATE = BrokenState(
    "device steadily late",
    (
        Notice("page", NO_DATA, STALE_S),
        Notice("page", "数总是晚%(long)s到（时钟慢或上传慢），照样看着", 4 * TICK_S),
    ),
)
LATE = BrokenState("device late beyond understanding", (Notice("page", NO_DATA, STALE_S),))
ROOM_SILENT = BrokenState(
    "all probes of a room silent",
    (
        Notice("page", NO_DATA, STALE_S),
        _probe(QUIET_AT_LEAST, SOONER, "%(room)s没数,库里情况不明", by_day=False),
    ),
)
ONE_SILENT = BrokenState(
    "one of several probes silent",
    (Notice("page", PARTLY_SILENT, STALE_S), _probe(SILENT_AT_LEAST, ISSUE_8, "%(room)s%(spot)s探头没数")),
)
NEVER_HEARD = BrokenState(
    "placed probe never reported",
    (
        Notice("page", PARTLY_SILENT, QUIET_UNKNOWN / 1000, reason=NEW),
        _probe(QUIET_UNKNOWN, NEW, "%(room)s%(spot)s探头从未上报"),
    ),
)
AIR_SILENT = BrokenState(
    "CO2 probe of a shed silent",
    (
        Notice("page", PARTLY_SILENT, STALE_S),
        _probe(QUIET_AT_LEAST, AIR, "%(room)s%(spot)s%(metric)s没数", by_day=False),
    ),
)
NOT_SENT = BrokenState(
    "channel refuses texts, or gave them up",
    (Notice("page", SYSTEM_ISSUE_TEXTS["alerts.sending"], RESTS_S["mail"]),),
)
WAITING = BrokenState(
    "texts wait for a channel that is not there",
    (Notice("healthz", "alerts-behind", HUNG_AFTER_S), Notice("page", UNSENT, HUNG_AFTER_S)),
)
NOBODY = BrokenState(
    "an alert, and nobody to tell", (Notice("page", SYSTEM_ISSUE_TEXTS["alerts.nobody_to_tell"], TICK_S),)
)
WATCHED: tuple[BrokenState, ...] = (
    LOGIN_REFUSED,
    TAKEN,
    DEAF,
    CLOCK_AHEAD,
    CLOCK_BACK,
    STEADILY_LATE,
    LATE,
    ROOM_SILENT,
    ONE_SILENT,
    NEVER_HEARD,
    AIR_SILENT,
    NOT_SENT,
    WAITING,
    NOBODY,
)
