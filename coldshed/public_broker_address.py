"""The broker's address as devices reach it, to be entered on a device."""

import ipaddress
from urllib.parse import urlsplit

from coldshed.settings import WIDE, Settings
from core.devices.setting_lines import BrokerServer
from ingest.address import PORT, TLS_PORT

HERE = "127.0.0.1"


def server(settings: Settings, seen_as: str = "") -> BrokerServer:
    """`seen_as`: the host with which the page was opened. Used if the settings name no address that other
    machines can use (all addresses, this machine, a container's name)."""
    url = settings.mqtt_public_url
    if url is None and settings.mqtt_url is None:
        host = settings.mqtt_host
        return BrokerServer((seen_as or HERE) if host in WIDE else host, settings.mqtt_port)
    parts = urlsplit(url or settings.mqtt_url or "")
    tls = parts.scheme == "mqtts"
    host = parts.hostname or HERE
    if url is None and not _for_others(host):
        host = seen_as or host
    return BrokerServer(host, parts.port or (TLS_PORT if tls else PORT), tls)


def _for_others(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "." in host
