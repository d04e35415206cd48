"""States of a house at work, of its disk, its ports and the programs that it needs."""

from alerts.box_watch import EVERY_S as BOX_EVERY_S
from alerts.direct_notice import LASTING_S
from alerts.service import BATTERY_EVERY_S, WATCH_EVERY_S
from coldshed.answers import ANSWER_S
from coldshed.up import ASK_S, LOOK_S
from core.overview import doctor_texts as texts
from core.overview.box_health import DISK_FULL, INODES, READ_ONLY
from core.overview.service_progress import HUNG_AFTER_S, ServiceTrouble
from core.overview.service_texts import TROUBLE_TEXTS
from core.overview.system_issue_texts import RESTARTED, SYSTEM_ISSUE_TEXTS
from record.write_pacing import OUTSIDE_GATHER_S
from store.history.http import CONNECT_S
from tests.broken_states.state import BOX_S, HUNG_S, MISSING_S, BrokenState, Notice, text_s

HUNG = TROUBLE_TEXTS[ServiceTrouble.HUNG]
PORT = "%(host)s 的 %(port)s 端口用不了（%(error)s）。请关掉占着它的程序，或用 %(setting)s 换端口。"
NOT_CONNECTED = "broker-not-connected"
REFUSED = "broker.refused_connection"
RESTARTED_TEXT = "库棚通的%(service)s程序卡住过%(long)s,自动重启了%(n)s次。请有空看网页上的毛病。"
NO_ANSWER_S = HUNG_AFTER_S + ASK_S + 2 * ANSWER_S
"""Page and broker are asked one after the other, and each may let the asker wait."""


def _restarted(after_s: float) -> tuple[Notice, ...]:
    """By `coldshed up`; whichever alerts run afterwards note it and tell it."""
    noted_s = after_s + WATCH_EVERY_S
    return (
        Notice("restart", RESTARTED, after_s),
        Notice("page", RESTARTED, noted_s),
        Notice("text", RESTARTED_TEXT, noted_s, by_day=True),
    )


def _frozen(service: str, name: str) -> BrokenState:
    """Also killed and started again by `coldshed up` (tests/e2e/test_frozen_services.py)."""
    notices = (Notice("healthz", f"{service}-hung", HUNG_S), Notice("doctor", HUNG, HUNG_S))
    return BrokenState(name, notices if service == "up" else (*notices, *_restarted(HUNG_S + LOOK_S)))


def _disk(issue: str, name: str) -> BrokenState:
    notices = (Notice("doctor", SYSTEM_ISSUE_TEXTS[issue]), Notice("page", SYSTEM_ISSUE_TEXTS[issue], BOX_S))
    return BrokenState(
        name, notices if issue != DISK_FULL else (Notice("doctor", texts.NOT_WRITABLE), *notices[1:])
    )


FROZEN = {
    "up": _frozen("up", "supervisor frozen"),
    "alerts": _frozen("alerts", "alerts frozen"),
    "record": _frozen("record", "recorder frozen"),
    "ingest": _frozen("ingest", "listener frozen"),
}
PAGE_FROZEN = BrokenState(
    "page frozen", (Notice("doctor", texts.PAGE_SILENT), *_restarted(NO_ANSWER_S + LOOK_S))
)
BROKER_FROZEN = BrokenState(
    "broker frozen",
    (Notice("doctor", SYSTEM_ISSUE_TEXTS["broker.silent"]), *_restarted(NO_ANSWER_S + LOOK_S)),
)
BROKER_GONE = BrokenState(
    "broker gone",
    (
        Notice("healthz", NOT_CONNECTED, MISSING_S),
        Notice("doctor", texts.BROKER_OFF),
        Notice("page", SYSTEM_ISSUE_TEXTS[REFUSED], MISSING_S),
    ),
)
PAGE_PORT = BrokenState(
    "port of the page taken", (Notice("start", PORT), Notice("doctor", texts.PAGE_PORT_TAKEN))
)
BROKER_PORT = BrokenState(
    "port of the broker taken", (Notice("start", PORT), Notice("doctor", texts.BROKER_PORT_TAKEN))
)
POSTGRESQL_AWAY = BrokenState(
    "PostgreSQL away",
    (
        Notice("doctor", texts.POSTGRESQL_AWAY),
        Notice("healthy", "refused"),
        Notice("text", "box.database_away", (2 + LASTING_S / BOX_EVERY_S) * BOX_EVERY_S),
    ),
)
HISTORY_AWAY_S = OUTSIDE_GATHER_S + CONNECT_S
ONLY_CURVES = "no reading is lost and the rooms are watched; the page says it sooner"
HISTORY_AWAY = BrokenState(
    "InfluxDB away",
    (
        Notice("doctor", texts.HISTORY_AWAY),
        Notice("page", SYSTEM_ISSUE_TEXTS["history_away"], HISTORY_AWAY_S),
        Notice("text", "history_away", text_s("history_away", HISTORY_AWAY_S), True, ONLY_CURVES),
    ),
)
UPS_AWAY = BrokenState(
    "UPS does not answer",
    (
        Notice("doctor", texts.UPS_AWAY),
        Notice("page", SYSTEM_ISSUE_TEXTS["power.ups_away"], BATTERY_EVERY_S),
        Notice("text", "power.ups_away", text_s("power.ups_away", BATTERY_EVERY_S), by_day=True),
    ),
)
BACKUP_DISK_AWAY = BrokenState("folder of backups away", (Notice("doctor", texts.BACKUP_FOLDER_AWAY),))
DISKS = {
    READ_ONLY: _disk(READ_ONLY, "disk read-only"),
    INODES: _disk(INODES, "disk without inodes"),
    DISK_FULL: _disk(DISK_FULL, "disk full"),
}
RUNNING: tuple[BrokenState, ...] = (
    *FROZEN.values(),
    PAGE_FROZEN,
    BROKER_FROZEN,
    BROKER_GONE,
    PAGE_PORT,
    BROKER_PORT,
    POSTGRESQL_AWAY,
    HISTORY_AWAY,
    UPS_AWAY,
    BACKUP_DISK_AWAY,
    *DISKS.values(),
)
