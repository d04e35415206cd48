"""A gate before a real store: lets everything through, or answers what a store in trouble answers."""

import gzip
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


Judge = Callable[[str, str], Answer | None]
"""(path, body in plain text) -> what to answer; None: let it through."""


class Gate:
    def __init__(self, behind: str) -> None:
        self.judge: Judge = lambda path, body: None
        self.cut_after = False
        """Let a write through and lose its answer, as when we are killed in between."""
        self.requests: list[tuple[str, str]] = []
        self.heard: dict[str, str] | None = None
        """Question -> answer, of those let through since it was set; of Flux only."""
        self.behind = urlsplit(behind)
        self.url = ""


@contextmanager
def gate(behind: str) -> Iterator[Gate]:
    made = Gate(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and content in one packet

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        do_PATCH = do_POST

        def _handle(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            body = (gzip.decompress(raw) if zipped else raw).decode()
            made.requests.append((self.path, body))
            refusal = made.judge(self.path, body)
            if refusal is not None:
                self._answer(refusal.status, refusal.headers, refusal.text.encode())
                return
            status, headers, content = self._ask(raw)
            if made.heard is not None and "/query" in self.path:
                plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
                made.heard[json.loads(body)["query"]] = plain.decode()
            if made.cut_after and "/write" in self.path:
                self.close_connection = True
                return
            self._answer(status, headers, content)

        def _ask(self, raw: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection(
                str(made.behind.hostname), made.behind.port or 80, timeout=20
            )
            try:
                passed = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                connection.request(self.command, self.path, raw, passed)
                response = connection.getresponse()
                kept = [
                    (k, v)
                    for k, v in response.getheaders()
                    if k.lower() in ("content-type", "content-encoding")
                ]
                return response.status, kept, response.read()
            except OSError:
                return 502, [], b"nobody behind the gate"
            finally:
                connection.close()

        def _answer(self, status: int, headers: object, content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:  # type: ignore[attr-defined]
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
