"""Line protocol, written by influxdb-client: synchronous, so that every refusal is heard, and gzipped.

Its batching mode never raises: what the server does not take is gone. So each piece is sent by us, and
a piece that is refused is halved until only what cannot be written is left.
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
WRITTEN_WITHIN_S = 60.0
PATIENCE = 400
"""After so many requests for what one piece is refused for, a store that says it wrote a part is believed."""
LOOK_AFTER, SAMPLES = 63, 8
"""After so many refusals, single lines from all over the piece show whether it takes anything at all."""
PARTLY = "partial write"
_BAD, _TOO_LARGE, _UNPROCESSABLE = 400, 413, 422


class ProtocolLine(NamedTuple):
    text: str
    origin: int
    """Which of the caller's things it stands for."""


class LineWriter:
    """A writer to one server. The client is made at the first use: it is heavy to import."""

    def __init__(self, address: HistoryAddress, token: str) -> None:
        self._address = address
        self._token = token
        self._api: WriteApi | None = None

    def write(self, bucket: str, lines: Sequence[ProtocolLine]) -> dict[int, str]:
        """Writes all that the store will take. What it will never take: origin -> why.

        Raises `StoreError` when it is away, takes nothing now, or takes none of these at all.
        """
        bad: dict[int, str] = {}
        for first in range(0, len(lines), PIECE):
            piece = lines[first : first + PIECE]
            why = self._try(bucket, piece)
            if why:
                bad |= self._search(bucket, piece, why)
        return bad

    def _search(self, bucket: str, refused: Sequence[ProtocolLine], why: str) -> dict[int, str]:
        """Writes the good ones of a piece that was refused, in halves, the largest first."""
        bad: dict[int, str] = {}
        halves: deque[Sequence[ProtocolLine]] = deque([refused])
        asked, takes_some = 0, False
        while halves:
            if asked == LOOK_AFTER and not takes_some:
                takes_some = self._takes_any(bucket, refused)
                if not takes_some:
                    break
            if asked >= PATIENCE and PARTLY in why:  # the good ones among them were written all the same
                bad.update((line.origin, why) for piece in halves for line in piece)
                break
            asked += 1
            piece = halves.popleft()
            said = self._try(bucket, piece)
            if not said:
                takes_some = True
            elif len(piece) == 1:
                bad[piece[0].origin] = why = said
            else:
                half = len(piece) // 2
                halves += piece[:half], piece[half:]
        if not takes_some:
            raise StoreError(f"{self._address.kind} at {self._address.url} takes none of our points: {why}")
        return bad

    def _takes_any(self, bucket: str, lines: Sequence[ProtocolLine]) -> bool:
        samples = lines[:: max(1, len(lines) // SAMPLES)]
        return any(not self._try(bucket, [line]) for line in samples)

    def _try(self, bucket: str, lines: Sequence[ProtocolLine]) -> str:
        """What it says against these, nothing when it took them."""
        try:
            self._send(bucket, lines)
        except HttpAnswer as error:
            if error.status not in (_BAD, _TOO_LARGE, _UNPROCESSABLE):
                raise
            return error.said or str(error)
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
            client.api_client.default_headers[name] = value  # the client knows one scheme only
        self._api = client.write_api(write_options=SYNCHRONOUS)
        return self._api


def authorization(address: HistoryAddress, token: str) -> dict[str, str]:
    """InfluxDB's own scheme; for VictoriaMetrics `user:password` or a bearer token of a guard before it."""
    if not token:
        return {}
    if address.kind == INFLUXDB:
        return {"Authorization": f"Token {token}"}
    if ":" in token:
        from base64 import b64encode

        return {"Authorization": f"Basic {b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}
