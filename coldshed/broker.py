"""The broker that comes with us: Mosquitto where it is installed, else amqtt, in Python."""

import os
import pwd
from pathlib import Path


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
