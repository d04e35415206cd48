"""Writes line protocol with influxdb-client: synchronous, so that every refusal raises, and gzipped.

The client's batching mode never raises and loses refused lines. So each chunk is sent here, and a refused
chunk is halved until only the unacceptable lines are left.
"""

import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.errors import StoreError
from core.readings.history_url import INFLUXDB, HistoryAddress
from store.history.http import CONNECT_S, HttpAnswer, refused, unreachable

if TYPE_CHECKING:
    from influxdb_client.client.write_api import WriteApi

log = logging.getLogger(__name__)

PIECE = 10_000
WRITTEN_WITHIN_S = 30.0
PATIENCE = 400
"""After this number of requests for one refused chunk, the server's report of a partial write is trusted."""
LOOK_AFTER, SAMPLES = 63, 8
"""After `LOOK_AFTER` refusals, `SAMPLES` lines of the whole chunk test whether the server accepts any."""
PARTLY = "partial write"
_BAD, _TOO_LARGE, _UNPROCESSABLE = 400, 413, 422


class ProtocolLine(NamedTuple):
    text: str
    origin: int
    """The caller's index of the line."""


class LineWriter:
    """A writer to one server. The client is created on first use, because its import is slow."""

    def __init__(self, address: HistoryAddress, token: str) -> None:
        self._address = address
        self._token = token
        self._api: WriteApi | None = None

    def write(self, bucket: str, lines: Sequence[ProtocolLine]) -> dict[int, str]:
        """Writes the lines that the server accepts. Returns origin -> reason for those it will never
        accept.

        Raises `StoreError` if the server is unreachable, asks to wait, or accepts none of the lines.
        """
        rejected: dict[int, str] = {}
        for first in range(0, len(lines), PIECE):
            piece = lines[first : first + PIECE]
            why = self._try(bucket, piece)
            if why:
                rejected |= self._search(bucket, piece, why)
        return rejected

    def _search(self, bucket: str, lines: Sequence[ProtocolLine], why: str) -> dict[int, str]:
        """Writes the acceptable lines of a refused chunk by halving it, largest part first."""
        rejected: dict[int, str] = {}
        halves: deque[Sequence[ProtocolLine]] = deque([lines])
        requests, takes_some = 0, False
        while halves:
            if requests == LOOK_AFTER and not takes_some:
                takes_some = self._takes_any(bucket, lines)
                if not takes_some:
                    break
            if requests >= PATIENCE and PARTLY in why:  # the acceptable lines among them are written
                rejected.update((line.origin, why) for piece in halves for line in piece)
                break
            requests += 1
            piece = halves.popleft()
            refusal = self._try(bucket, piece)
            if not refusal:
                takes_some = True
            elif len(piece) == 1:
                rejected[piece[0].origin] = why = refusal
            else:
                half = len(piece) // 2
                halves += piece[:half], piece[half:]
        if not takes_some:
            raise StoreError(f"{self._address.kind} at {self._address.url} takes none of our points: {why}")
        return rejected

    def _takes_any(self, bucket: str, lines: Sequence[ProtocolLine]) -> bool:
        samples = lines[:: max(1, len(lines) // SAMPLES)]
        return any(not self._try(bucket, [line]) for line in samples)

    def _try(self, bucket: str, lines: Sequence[ProtocolLine]) -> str:
        """The server's reason to refuse the lines; "" if it accepted them."""
        try:
            self._send(bucket, lines)
        except HttpAnswer as error:
            if error.status not in (_BAD, _TOO_LARGE, _UNPROCESSABLE):
                raise
            return error.message or str(error)
        return ""

    def _send(self, bucket: str, lines: Sequence[ProtocolLine]) -> None:
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
            timeout=(int(CONNECT_S * 1000), int(WRITTEN_WITHIN_S * 1000)),
        )
        for name, value in authorization(self._address, self._token).items():
            client.api_client.default_headers[name] = value  # the client supports only one scheme
        self._api = client.write_api(write_options=SYNCHRONOUS)
        return self._api


def authorization(address: HistoryAddress, token: str) -> dict[str, str]:
    """InfluxDB's own scheme; for VictoriaMetrics `user:password` or a bearer token of a proxy."""
    if not token:
        return {}
    if address.kind == INFLUXDB:
        return {"Authorization": f"Token {token}"}
    if ":" in token:
        from base64 import b64encode

        return {"Authorization": f"Basic {b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}
