"""An HTTP client for one server; every failure is a `StoreError` with its reason."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError, TimeoutError

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from store.history.availability import AT_ONCE, Availability, seconds_left

CONNECT_S, ANSWER_S = 3.0, 10.0
PIECE = 1 << 16
WAIT_MAX_S = 600.0
TEXT_MAX = 300
NOT_THERE = 404
_NO_RIGHT = "insufficient permissions"
_NO_ORGANISATION = re.compile(r"organi[sz]ation.*not found")


class HttpServer:
    """For queries and small requests; `store.history.line_protocol` writes in bulk.

    An answer that takes longer than `ANSWER_S` in all counts as none, also if it comes byte by byte.
    """

    def __init__(self, address: HistoryAddress, headers: Mapping[str, str]) -> None:
        self._address = address
        self._availability = Availability(f"{address.kind} at {address.url}")
        self._pool = urllib3.PoolManager(
            maxsize=AT_ONCE, headers={"Accept-Encoding": "gzip", **headers}, retries=False
        )

    def get(self, path: str, fields: Mapping[str, str] | None = None) -> bytes:
        return self._request("GET", path, fields=dict(fields or {}))

    def send(self, method: str, path: str, body: bytes, content_type: str = "application/json") -> bytes:
        headers = {**self._pool.headers, "Content-Type": content_type}
        return self._request(method, path, body=body, headers=headers)

    def _request(self, method: str, path: str, **more: Any) -> bytes:
        with self._availability.request():
            try:
                status, headers, data = self._answer(method, path, more)
            except HTTPError as error:
                reason = unreachable(self._address, error)
                hung = isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError)
                self._availability.on_failure(str(reason), hung=hung)
                raise reason from error
            self._availability.on_answer()
        if not 200 <= status < 300:
            raise refused(self._address, status, headers, data)
        return data

    def _answer(
        self, method: str, path: str, more: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            return self._once(method, path, more)
        except ProtocolError:  # the server ended a connection that was kept open
            return self._once(method, path, more)

    def _once(self, method: str, path: str, more: Mapping[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        most_s = max(seconds_left(ANSWER_S), 0.001)
        until = time.monotonic() + most_s
        url = self._address.url + path
        timeout = urllib3.Timeout(connect=min(CONNECT_S, most_s), read=most_s)
        answer = self._pool.request(method, url, timeout=timeout, preload_content=False, **more)
        pieces = []
        try:
            while piece := answer.read1(PIECE):
                pieces.append(piece)
                if time.monotonic() > until:
                    answer.close()
                    raise ReadTimeoutError(self._pool, url, f"no whole answer in {most_s:g} s")  # type: ignore[arg-type]
        finally:
            answer.release_conn()
        return answer.status, answer.headers, b"".join(pieces)


class HttpAnswer(StoreError):
    """The server returned an error; `status` is the HTTP status, `message` the server's text."""

    def __init__(self, text: str, status: int, message: str, wait_s: float) -> None:
        super().__init__(text, wait_s=wait_s)
        self.status = status
        self.message = message


def unreachable(address: HistoryAddress, error: Exception) -> StoreError:
    where = f"{address.kind} at {address.url}"
    if isinstance(error, ReadTimeoutError):
        return StoreError(f"{where} does not answer")
    reason = re.sub(r"<[^>]*>:? ?", "", str(getattr(error, "reason", None) or error))[:TEXT_MAX]
    return StoreError(f"{where} cannot be reached: {reason}")


def refused(
    address: HistoryAddress, status: int, headers: Mapping[str, str], body: bytes | str | None
) -> HttpAnswer:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    message = _message(text)[:TEXT_MAX]
    what = f"{address.kind} at {address.url} answered {status}{_meaning(address, status, message)}"
    return HttpAnswer(f"{what} ({message})" if message else what, status, message, _wait_s(headers))


def _meaning(address: HistoryAddress, status: int, message: str) -> str:
    if address.org and _NO_ORGANISATION.search(message):
        return (
            f": organisation {address.org} is not there, or COLDSHED_HISTORY_TOKEN may not see it; "
            "please look at COLDSHED_HISTORY_URL"
        )
    if status in (401, 403) and _NO_RIGHT in message:
        return f": COLDSHED_HISTORY_TOKEN may not {'write' if 'write' in message else 'do this'}"
    if status in (401, 403):
        return ": it does not accept COLDSHED_HISTORY_TOKEN"
    if status == NOT_THERE:
        return (
            ": a bucket is not there, or COLDSHED_HISTORY_TOKEN may not read it; "
            "please run: coldshed history init"
            if address.org
            else ": what we ask is not there; please look at COLDSHED_HISTORY_URL"
        )
    return ": it asks us to wait" if status in (429, 503) else ""


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
