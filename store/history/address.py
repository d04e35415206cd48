"""Where the history lives: what `COLDSHED_HISTORY_URL` may say."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

SQLITE, INFLUXDB, VICTORIAMETRICS = "sqlite", "influxdb", "victoriametrics"
PORTS = {INFLUXDB: 8086, VICTORIAMETRICS: 8428}
NAME = "coldshed"

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^:/@\[\]\s?#]+)(?::[0-9]{1,5})?"
PATTERN = (
    rf"^(?:sqlite|{INFLUXDB}s?://{_HOST}/[^/\s?#]+(?:/[A-Za-z][A-Za-z0-9_.-]*)?/?"
    rf"|{VICTORIAMETRICS}s?://{_HOST}(?:/[A-Za-z][A-Za-z0-9_]*)?/?)$"
)


class Address(NamedTuple):
    """`url` is the server's, `org` only InfluxDB's, `name` that of our buckets or metrics there."""

    kind: str
    url: str = ""
    org: str = ""
    name: str = NAME


def parse(text: str) -> Address:
    """Raises ValueError where it is none of ours."""
    if not re.match(PATTERN, text):
        raise ValueError(f"no address of a history: {text}")
    if text == SQLITE:
        return Address(SQLITE)
    found = urlsplit(text)
    kind = INFLUXDB if found.scheme.startswith(INFLUXDB) else VICTORIAMETRICS
    secure = found.scheme != kind
    host = found.hostname or ""
    url = f"http{'s' if secure else ''}://{f'[{host}]' if ':' in host else host}:{found.port or PORTS[kind]}"
    parts = [unquote(part) for part in found.path.split("/") if part]
    org = parts.pop(0) if kind == INFLUXDB else ""
    return Address(kind, url, org, parts[0] if parts else NAME)
