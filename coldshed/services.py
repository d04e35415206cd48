"""One process, one service. Started by name, without the command line's library: a service holds in memory
what it imports as long as it runs."""

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from coldshed.settings import Settings

log = logging.getLogger(__name__)

SERVICES = ("broker", "ingest", "record", "alerts", "web", "simulate", "backfill")
FAILED, REFUSED = 1, 2


def run(name: str, under: int = 0) -> int:
    """Until a signal, or until the process `under` is gone; the code to leave with.

    What the operator can put right is said in a sentence, without a traceback.
    """
    from coldshed.service_process import end_with, log_to_stderr, stop_on_signals

    stop = stop_on_signals()
    if under:
        end_with(under)
    try:
        from coldshed.data import data_dir
        from coldshed.settings_loader import load

        settings = load().settings
        log_to_stderr(settings.log_level)
        data_dir(settings)
        _part(name)(settings, stop)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except StoreError as error:
        log.error("the database: %s", error)
        return FAILED
    except Exception:
        log.exception("%s cannot go on", name)
        return FAILED
    return 0


def _part(name: str) -> "Callable[[Settings, threading.Event], None]":
    if name == "broker":
        from coldshed import broker

        return broker.run
    if name == "web":
        from coldshed import web_service

        return web_service.web
    from coldshed import wiring

    parts = {
        "ingest": wiring.ingest,
        "record": wiring.record,
        "alerts": wiring.alerts,
        "simulate": wiring.simulate,
        "backfill": wiring.backfill,
    }
    return parts[name]
