"""Runs one service in this process. Does not import the command line's library, because a service keeps
all imported modules in memory."""

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from coldshed.settings import Settings
    from store.overview.progress_files import ProgressFile

log = logging.getLogger(__name__)

SERVICES = ("broker", "ingest", "record", "alerts", "web", "simulate", "backfill", "backups")
FAILED, REFUSED = 1, 2


def run(name: str, under: int = 0) -> int:
    """Runs until a signal, or until the process `under` ends. Returns the exit code.

    Errors that the operator can fix are printed as a sentence, without a traceback.
    """
    from coldshed.service_process import end_with_parent, log_to_stderr, stop_on_signals, watch_parent

    stop = stop_on_signals()
    if under:
        end_with_parent(under)
        watch_parent(under, stop)
    try:
        from coldshed.data import data_dir
        from coldshed.settings_loader import load

        settings = load().settings
        log_to_stderr(settings.log_level)
        data_dir(settings)
        progress = _progress_file(settings, name, under)
        _part(name)(settings, stop, progress)
        progress.close()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except StoreError as error:
        log.error("database error: %s", error)
        return FAILED
    except Exception:
        log.exception("%s crashed", name)
        return FAILED
    return 0


def _progress_file(settings: "Settings", name: str, under: int) -> "ProgressFile":
    from store.overview.progress_files import ProgressFile, report_every_s
    from store.processes import process_name

    supervisor = process_name(under) if under else ""
    return ProgressFile(settings.data_dir, name, supervisor, report_every_s(settings.hung_after_s))


def _part(name: str) -> "Callable[[Settings, threading.Event, ProgressFile], None]":
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
        "backups": wiring.backups,
    }
    return parts[name]
