"""The phone network without a server: each request with its secret, an inbox in order, a bounded body."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.phones.app import LONGEST, PACK, SECRET_HEADER, phones_app

SECRET = "hush"
WITH_SECRET = {SECRET_HEADER: SECRET}
NO_HEADERS: Mapping[str, str] = {}
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Network:
    def __init__(self, folder: Path) -> None:
        self._app = phones_app(folder, SECRET, now=lambda: 1_000)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        query: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> tuple[int, dict[str, Any]]:
        """(status, JSON)"""
        sent: list[dict[str, Any]] = []
        names = {"content-type": "application/json", **headers}
        scope = {
            "type": "http", "method": method, "path": path, "root_path": "", "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode("latin-1")) for name, text in names.items()],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async def run() -> None:
            await self._app(scope, receive, send)

        asyncio.run(run())
        return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent[1:]))

    def send(self, phone: str, text: str, key: str, secret: str = SECRET) -> tuple[int, dict[str, Any]]:
        body = json.dumps({"phone": phone, "text": text, "dedup_key": key}).encode()
        return self.call("POST", "/api/send", body, headers={SECRET_HEADER: secret})

    def reply(self, phone: str, text: str) -> tuple[int, dict[str, Any]]:
        return self.call("POST", "/reply", json.dumps({"phone": phone, "text": text}).encode())

    def inbox(self, after: str = "0") -> tuple[int, dict[str, Any]]:
        return self.call("GET", "/api/inbox", query=f"after={after}", headers=WITH_SECRET)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path)


@pytest.mark.parametrize("secret", ["", "hus", "hush ", "HUSH", "\xe4"])
def test_only_the_exact_secret_sends_reads_and_sees_the_credit(network: Network, secret: str) -> None:
    headers = {SECRET_HEADER: secret}
    assert network.send("1", "x", "k", secret)[0] == 403
    assert network.call("GET", "/api/inbox", headers=headers)[0] == 403
    assert network.call("GET", "/api/credit", headers=headers)[0] == 403
    assert network.call("GET", "/api/credit", headers=WITH_SECRET) == (200, {"texts": PACK})


@SLOW
@given(st.lists(st.sampled_from("abc"), max_size=8))
def test_a_repeated_key_delivers_and_costs_nothing(network: Network, keys: list[str]) -> None:
    ids: dict[str, str] = {}
    for key in keys:
        status, answer = network.send("1", "热", key)
        assert status == 200
        assert ids.setdefault(key, answer["id"]) == answer["id"]
    _, credit = network.call("GET", "/api/credit", headers=WITH_SECRET)
    assert credit["texts"] <= PACK - len(ids)


def test_the_inbox_is_in_the_order_of_writing_whatever_is_sent_between(network: Network) -> None:
    for number in range(6):
        network.reply(f"{number % 2}", str(number))
        network.send("1", "x", f"k{number}")
    items = network.inbox()[1]["items"]
    assert [item["text"] for item in items] == list("012345")
    read: list[str] = []
    while page := network.inbox(items[len(read) - 1]["id"] if read else "0")[1]["items"]:
        read.append(page[0]["text"])
    assert read == list("012345"), "each cursor continues after its message"


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 19, "", "%C2%B2"])
def test_a_cursor_that_is_no_number_is_refused(network: Network, cursor: str) -> None:
    assert network.inbox(cursor)[0] == 400


@SLOW
@given(st.one_of(st.binary(max_size=60), st.binary(min_size=10_001, max_size=10_050)))
def test_no_body_stops_it(network: Network, body: bytes) -> None:
    assert network.call("POST", "/api/send", body, headers=WITH_SECRET)[0] == 400
    assert network.call("POST", "/reply", body)[0] == 400


@pytest.mark.parametrize(("length", "status"), [(LONGEST, 200), (LONGEST + 1, 400)])
def test_a_text_has_the_operators_length(network: Network, length: int, status: int) -> None:
    assert network.send("1", "库" * length, "k")[0] == status
    assert network.reply("1", "库" * length)[0] == status


def test_the_phone_with_the_latest_message_is_first(network: Network) -> None:
    for phone in ("1", "2", "1"):
        network.reply(phone, "x")
    phones = network.call("GET", "/state")[1]["phones"]
    assert [(phone["phone"], len(phone["messages"])) for phone in phones] == [("1", 2), ("2", 1)]
