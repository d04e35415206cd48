"""The broker that comes with us: Mosquitto where it is installed, else amqtt, in Python."""

import base64
import hashlib
import json
import logging
import os
import pwd
import secrets
import shutil
import threading
from pathlib import Path

from coldshed.settings import Settings
from coldshed.start import claim_port, listen_no_more

log = logging.getLogger(__name__)

STATUS = "broker.json"
ROUNDS = 101
SEARCHED = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


def run(settings: Settings, stop: threading.Event) -> None:
    """Becomes Mosquitto where that is installed, and never comes back. Else runs amqtt until `stop`."""
    claim_port(settings.mqtt_host, settings.mqtt_port, "COLDSHED_MQTT_PORT")
    program = mosquitto()
    tell_status(settings.data_dir, program)
    if program is not None:
        log.info("mosquitto on %s:%d", settings.mqtt_host, settings.mqtt_port)
        config = write_config(settings)
        listen_no_more()
        if not stop.is_set():
            os.execv(program, [program, "-c", str(config)])
        return
    from coldshed import python_broker

    log.warning(
        "mosquitto is not installed; running amqtt on %s:%d instead: MQTT 3.1.1 only, small loads, "
        "and what waits in it is lost when it stops",
        settings.mqtt_host,
        settings.mqtt_port,
    )
    python_broker.run(settings, stop)


def mosquitto() -> str | None:
    """Debian keeps it in a folder that is not on everybody's PATH."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{SEARCHED}")


def tell_status(data_dir: Path, program: str | None) -> None:
    """A small file for the page: what carries the messages, and whether its queue outlives it."""
    kind = "mosquitto" if program else "amqtt"
    (data_dir / STATUS).write_text(json.dumps({"kind": kind, "keeps_queue": program is not None}))


def write_config(settings: Settings) -> Path:
    """Mosquitto's settings and, where a password is set, its password file; both for our eyes only."""
    folder = (settings.data_dir / "broker").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords: Path | None = None
    if settings.mqtt_password is not None:
        passwords = folder / "passwords"
        _private(passwords, password_line(settings.mqtt_username, settings.mqtt_password))
    config = folder / "mosquitto.conf"
    _private(config, mosquitto_config(folder, settings.mqtt_port, settings.mqtt_host, passwords))
    return config


def mosquitto_config(folder: Path, port: int, host: str = "127.0.0.1", passwords: Path | None = None) -> str:
    """Mosquitto's settings, with sessions and queues kept in `folder`.

    Saving by time, not on change: on change a backlog of 20,000 messages never came in. What was accepted
    in the last 5 seconds before a power cut is lost (docs/operators/broker.md). `per_listener_settings`
    stays off: with it Mosquitto 2.0.12 to 2.0.18 forget persistent sessions.
    """
    access = f"allow_anonymous false\npassword_file {passwords}" if passwords else "allow_anonymous true"
    return f"""\
listener {port} {host}
{access}
user {pwd.getpwuid(os.geteuid()).pw_name}
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 200000
max_queued_bytes 268435456
max_inflight_messages 1000
max_packet_size 16777216
persistent_client_expiration 14d
log_dest stderr
log_type error
log_type warning
"""


def password_line(username: str, password: str) -> str:
    """One line of a Mosquitto password file: PBKDF2 with SHA-512, its kind 7."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{username}:$7${ROUNDS}${'$'.join(parts)}\n"


def _private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
