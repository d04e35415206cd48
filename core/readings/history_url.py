"""Parses `COLDSHED_HISTORY_URL`, the address of the history store."""

import re
from typing import NamedTuple

SQLITE, INFLUXDB, VICTORIAMETRICS = "sqlite", "influxdb", "victoriametrics"
NAME = "coldshed"
PORTS = {INFLUXDB: 8086, VICTORIAMETRICS: 8428}
PORT_MOST = 65_535

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^:/@\[\]\s?#]+)"
PATTERN = (
    rf"^(?:sqlite|{INFLUXDB}s?://{_HOST}(?::[0-9]+)?/[^/\s?#]+(?:/[A-Za-z][A-Za-z0-9_.-]*)?/?"
    rf"|{VICTORIAMETRICS}s?://{_HOST}(?::[0-9]+)?(?:/[A-Za-z][A-Za-z0-9_]*)?/?)$"
)
_PARTS = re.compile(rf"({INFLUXDB}|{VICTORIAMETRICS})(s?)://({_HOST})(?::([0-9]+))?/?(.*)")


class HistoryAddress(NamedTuple):
    """`url`: the server. `org`: InfluxDB only. `name`: our bucket (InfluxDB) or metric prefix."""

    kind: str
    url: str = ""
    org: str = ""
    name: str = NAME


def parse(text: str) -> HistoryAddress:
    """Raises ValueError if the address is invalid. Percent-encoded characters are not decoded."""
    if not re.match(PATTERN, text):
        raise ValueError(f"no address of a history: {text}")
    match = _PARTS.match(text)
    if match is None:
        return HistoryAddress(SQLITE)
    kind, secure, host, port, path = match.groups()
    number = int(port or PORTS[kind])
    if not 1 <= number <= PORT_MOST:
        raise ValueError(f"no address of a history: {text}")
    parts = [part for part in path.split("/") if part]
    org = parts.pop(0) if kind == INFLUXDB else ""
    return HistoryAddress(kind, f"http{secure}://{host}:{number}", org, parts[0] if parts else NAME)
