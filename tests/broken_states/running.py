"""States of a house at work, of its disk, its ports and the programs that it needs."""

from core.overview import doctor_texts as texts
from core.overview.box_health import DISK_FULL, INODES, READ_ONLY
from core.overview.service_progress import ServiceTrouble
from core.overview.service_texts import TROUBLE_TEXTS
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from tests.broken_states.state import BOX_S, HUNG_S, MISSING_S, BrokenState, Notice

HUNG = TROUBLE_TEXTS[ServiceTrouble.HUNG]
PORT = "%(host)s 的 %(port)s 端口用不了（%(error)s）。请关掉占着它的程序，或用 %(setting)s 换端口。"
NOT_CONNECTED = "broker-not-connected"
REFUSED = "broker.refused_connection"


def _frozen(service: str, name: str) -> BrokenState:
    """Also killed and started again by `coldshed up` (tests/e2e/test_frozen_services.py)."""
    return BrokenState(name, (Notice("healthz", f"{service}-hung", HUNG_S), Notice("doctor", HUNG, HUNG_S)))


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
PAGE_FROZEN = BrokenState("page frozen", (Notice("doctor", texts.PAGE_SILENT),))
BROKER_FROZEN = BrokenState("broker frozen", (Notice("doctor", SYSTEM_ISSUE_TEXTS["broker.silent"]),))
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
POSTGRESQL_AWAY = BrokenState("PostgreSQL away", (Notice("doctor", texts.POSTGRESQL_AWAY),))
HISTORY_AWAY = BrokenState("InfluxDB away", (Notice("doctor", texts.HISTORY_AWAY),))
UPS_AWAY = BrokenState("UPS does not answer", (Notice("doctor", texts.UPS_AWAY),))
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
