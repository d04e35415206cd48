"""An HTTP client for one server; every failure is a `StoreError` with its reason."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import urllib3

from core.errors import StoreError
from core.readings.history_url import HistoryAddress

CONNECT_S, READ_S = 3.0, 20.0
CONNECTIONS = 8
RETRY_AFTER_S = 2.0
"""After a failed connection all requests fail at once for this time (s), because a page makes several."""
WAIT_MAX_S = 600.0
TEXT_MAX = 300

_ONE_RETRY = urllib3.Retry(total=1, connect=0, read=1, redirect=0, status=0, other=0, allowed_methods=None)


class HttpServer:
    """For queries and small requests; `store.history.line_protocol` writes in bulk."""

    def __init__(self, address: HistoryAddress, headers: Mapping[str, str]) -> None:
        self._address = address
        self._down: tuple[float, StoreError] | None = None
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
            headers={"Accept-Encoding": "gzip", **headers},
            retries=_ONE_RETRY,
        )

    def get(self, path: str, fields: Mapping[str, str] | None = None) -> bytes:
        return self._request("GET", path, fields=dict(fields or {}))

    def send(self, method: str, path: str, body: bytes, content_type: str = "application/json") -> bytes:
        headers = {**self._pool.headers, "Content-Type": content_type}
        return self._request(method, path, body=body, headers=headers)

    def _request(self, method: str, path: str, **more: Any) -> bytes:
        down = self._down
        if down is not None and time.monotonic() < down[0]:
            raise StoreError(str(down[1]))
        try:
            answer = self._pool.request(method, self._address.url + path, **more)
        except urllib3.exceptions.HTTPError as error:
            reason = unreachable(self._address, error)
            self._down = time.monotonic() + RETRY_AFTER_S, reason
            raise reason from error
        self._down = None
        if not 200 <= answer.status < 300:
            raise refused(self._address, answer.status, answer.headers, answer.data)
        return answer.data


class HttpAnswer(StoreError):
    """The server returned an error; `status` is the HTTP status, `message` the server's text."""

    def __init__(self, text: str, status: int, message: str, wait_s: float) -> None:
        super().__init__(text, wait_s=wait_s)
        self.status = status
        self.message = message


def unreachable(address: HistoryAddress, error: Exception) -> StoreError:
    reason = re.sub(r"<[^>]*>:? ?", "", str(getattr(error, "reason", None) or error))[:TEXT_MAX]
    return StoreError(f"{address.kind} at {address.url} cannot be reached: {reason}")


def refused(
    address: HistoryAddress, status: int, headers: Mapping[str, str], body: bytes | str | None
) -> HttpAnswer:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    message = _message(text)[:TEXT_MAX]
    what = f"{address.kind} at {address.url} answered {status}"
    if status in (401, 403):
        what += ": it does not accept COLDSHED_HISTORY_TOKEN"
    elif status == 404:
        what += ": what we write to is not there; please run: coldshed history init"
    elif status in (429, 503):
        what += ": it asks us to wait"
    return HttpAnswer(f"{what} ({message})" if message else what, status, message, _wait_s(headers))


def _message(text: str) -> str:
    try:
        answer = json.loads(text)
    except ValueError:
        return text.strip()
    if isinstance(answer, dict):
        return str(answer.get("message") or answer.get("error") or text)
    return text


def _wait_s(headers: Mapping[str, str]) -> float:
    """Seconds of `Retry-After`. A date in it is ignored."""
    try:
        return min(max(float(headers.get("Retry-After", "0")), 0.0), WAIT_MAX_S)
    except ValueError:
        return 0.0
