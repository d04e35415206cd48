"""The included broker: Mosquitto if it is installed, else amqtt, in Python."""

import json
import logging
import os
import pwd
import shutil
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from coldshed import broker_credentials
from coldshed.data import WATCHING, databases
from coldshed.service_process import claim_port, restore_signal_handlers
from coldshed.settings import Settings
from core.errors import SettingsError, StoreError
from store.database import Databases
from store.overview.progress_files import ProgressFile
from store.processes import is_gone, process_id, same_machine, this_process

log = logging.getLogger(__name__)

STATUS = "broker.json"
CONFIG = "mosquitto.conf"
KEEPING = """\
persistence true
autosave_interval {save_s}
max_queued_messages 200000
max_queued_bytes 268435456
max_inflight_messages 1000
max_packet_size 16777216
persistent_client_expiration 14d
"""
"""The same settings as deploy/mosquitto/conf.d/coldshed.conf, which gives the reasons."""
SAVE_S, SUPERVISED_SAVE_S = 5, 60
"""`coldshed up` asks Mosquitto to save while something may wait (coldshed.queue_saver)."""
SEARCHED = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


def run(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    """Replaces this process by Mosquitto (exec) if it is installed. Else runs amqtt until `stop` is set."""
    claim_port(settings.mqtt_host, settings.mqtt_port, "COLDSHED_MQTT_PORT")
    program = mosquitto()
    for number in (signal.SIGHUP, signal.SIGUSR1):  # may arrive before Mosquitto installs its handlers
        signal.signal(number, signal.SIG_IGN)
    write_status(settings.data_dir, program, is_supervised=bool(progress.supervisor))
    _update_logins(settings)
    if program is not None:
        log.info("mosquitto on %s:%d", settings.mqtt_host, settings.mqtt_port)
        config = broker_credentials.own_folder(settings) / CONFIG
        restore_signal_handlers()
        if not stop.is_set():
            os.execv(program, [program, "-c", str(config)])
        return
    from coldshed import python_broker

    log.warning(
        "mosquitto is not installed; running amqtt on %s:%d: MQTT 3.1.1 only, for small loads, "
        "queued messages are lost when it stops",
        settings.mqtt_host,
        settings.mqtt_port,
    )
    python_broker.run(settings, stop)


def _update_logins(settings: Settings) -> None:
    """Updates the logins' files. If that fails, the broker starts with the existing files, so that
    readings are still received. Raises if there are none."""
    try:
        with databases(settings, *WATCHING) as dbs:
            update_files(settings, dbs)
    except (OSError, SettingsError, StoreError) as error:
        if not (broker_credentials.own_folder(settings) / CONFIG).exists():
            raise
        log.error("cannot update the broker's logins; keeping the existing ones: %s", error)


def mosquitto() -> str | None:
    """Path of Mosquitto; None if it is not installed. Debian installs it in a folder outside a user's
    PATH."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{SEARCHED}")


def write_status(data_dir: Path, program: str | None, *, is_supervised: bool = False) -> None:
    """Writes the broker's kind, whether its queue survives a restart, its process, and whether `coldshed up`
    runs it to a file, for the page and for commands that change logins."""
    kind = "mosquitto" if program else "amqtt"
    status = {
        "kind": kind,
        "keeps_queue": program is not None,
        "holder": this_process(),
        "is_supervised": is_supervised,
    }
    made = data_dir / f".{STATUS}"
    made.write_text(json.dumps(status))
    made.replace(data_dir / STATUS)


class RunningBroker(NamedTuple):
    """The included broker's kind and process, from its status file. `is_supervised`: `coldshed up` runs
    it."""

    kind: str
    holder: str
    is_supervised: bool = False


def running_broker(settings: Settings) -> RunningBroker | None:
    """The included broker if it runs on this machine, else None."""
    if settings.mqtt_url is not None:
        return None
    try:
        status = json.loads((settings.data_dir / STATUS).read_text())
        broker = RunningBroker(status["kind"], status["holder"], status.get("is_supervised", False))
        gone = is_gone(broker.holder) or not same_machine(broker.holder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if gone else broker


def reload_logins(broker: RunningBroker | None) -> None:
    """Makes Mosquitto reload its files (SIGHUP); amqtt polls them."""
    if broker is not None and broker.kind == "mosquitto":
        with suppress(ProcessLookupError):
            os.kill(process_id(broker.holder), signal.SIGHUP)


def update_files(settings: Settings, dbs: Databases) -> bool:
    """Updates the logins' files and the included broker's configuration. Returns whether anything changed.
    Raises OSError if they cannot be written."""
    new = broker_credentials.write(settings, dbs)
    if settings.mqtt_url is None:
        folder = broker_credentials.own_folder(settings)
        needs_login = (folder / broker_credentials.ACL).exists()
        broker = running_broker(settings)
        text = mosquitto_config(
            folder,
            settings.mqtt_port,
            settings.mqtt_host,
            needs_login=needs_login,
            save_s=SUPERVISED_SAVE_S if broker and broker.is_supervised else SAVE_S,
        )
        new = broker_credentials.write_file(folder / CONFIG, text) or new
    return new


def mosquitto_config(
    folder: Path, port: int, host: str = "127.0.0.1", *, needs_login: bool = False, save_s: int = SAVE_S
) -> str:
    """Mosquitto's configuration; sessions and queues are stored in `folder`. With `needs_login` only
    clients with a login may connect. Files in `folder/conf.d` are included: a second listener with TLS,
    a bridge."""
    access = "allow_anonymous true"
    if needs_login:
        files = (folder / broker_credentials.PASSWORDS, folder / broker_credentials.ACL)
        access = "allow_anonymous false\npassword_file {}\nacl_file {}".format(*files)
    (folder / broker_credentials.MORE).mkdir(mode=0o700, exist_ok=True)
    return f"""\
listener {port} {host}
{access}
user {pwd.getpwuid(os.geteuid()).pw_name}
persistence_location {folder}/
{KEEPING.format(save_s=save_s)}log_dest stderr
log_type error
log_type warning
include_dir {folder / broker_credentials.MORE}
"""
