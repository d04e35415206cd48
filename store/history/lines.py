"""Line protocol, written by influxdb-client: synchronous, so that every refusal is heard, and gzipped.

Its batching mode never raises: what the server does not take is gone. So each piece is sent by us, and
a piece that is refused is halved until only what cannot be written is left.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.errors import StoreError
from core.history import INFLUXDB, Address
from store.history.http import CONNECT_S, READ_S, Answered, refused, unreachable

if TYPE_CHECKING:
    from influxdb_client.client.write_api import WriteApi

log = logging.getLogger(__name__)

PIECE = 10_000
HALVE_AT_MOST = 400
"""So many requests may go into finding what one piece is refused for."""
PARTLY = "partial write"
_BAD, _TOO_LARGE, _UNPROCESSABLE = 400, 413, 422


class Line(NamedTuple):
    text: str
    origin: int
    """Which of the caller's things it stands for."""


class Lines:
    """A writer to one server. The client is made at the first use: it is heavy to import."""

    def __init__(self, address: Address, token: str) -> None:
        self._address = address
        self._token = token
        self._api: WriteApi | None = None

    def write(self, bucket: str, lines: Sequence[Line]) -> dict[int, str]:
        """Writes all that the store will take. What it will never take: origin -> why.

        Raises `StoreError` when it is away, takes nothing now, or takes none of these at all.
        """
        bad: dict[int, str] = {}
        for first in range(0, len(lines), PIECE):
            self._write(bucket, lines[first : first + PIECE], bad, [HALVE_AT_MOST])
        if bad and len(bad) == len({line.origin for line in lines}):
            why = next(iter(bad.values()))
            raise StoreError(f"{self._address.kind} at {self._address.url} takes none of our points: {why}")
        return bad

    def _write(self, bucket: str, lines: Sequence[Line], bad: dict[int, str], left: list[int]) -> None:
        try:
            self._send(bucket, lines)
        except Answered as error:
            if error.status not in (_BAD, _TOO_LARGE, _UNPROCESSABLE):
                raise
            if len(lines) == 1:
                bad[lines[0].origin] = error.said or str(error)
                return
            left[0] -= 2
            if left[0] < 0:
                if PARTLY not in error.said:
                    raise
                bad.update(dict.fromkeys((line.origin for line in lines), error.said))
                return  # the good ones among them were written all the same
            half = len(lines) // 2
            self._write(bucket, lines[:half], bad, left)
            self._write(bucket, lines[half:], bad, left)

    def _send(self, bucket: str, lines: Sequence[Line]) -> None:
        import urllib3
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        api = self._api or self._connect()
        try:
            text = "\n".join([line.text for line in lines])
            api.write(bucket, self._address.org or "-", text, write_precision=WritePrecision.MS)  # type: ignore[arg-type]
        except ApiException as error:
            if not error.status:
                raise unreachable(self._address, error) from error
            raise refused(self._address, error.status, error.headers or {}, error.body) from error
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self._address, error) from error

    def _connect(self) -> "WriteApi":
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        client = InfluxDBClient(
            self._address.url,
            self._token or "-",
            org=self._address.org or "-",
            enable_gzip=True,
            timeout=(int(CONNECT_S * 1000), int(READ_S * 1000)),
        )
        for name, value in authorization(self._address, self._token).items():
            client.api_client.default_headers[name] = value  # the client knows one scheme only
        self._api = client.write_api(write_options=SYNCHRONOUS)
        return self._api


def authorization(address: Address, token: str) -> dict[str, str]:
    """InfluxDB's own scheme; for VictoriaMetrics `user:password` or a bearer token of a guard before it."""
    if not token:
        return {}
    if address.kind == INFLUXDB:
        return {"Authorization": f"Token {token}"}
    if ":" in token:
        from base64 import b64encode

        return {"Authorization": f"Basic {b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}
