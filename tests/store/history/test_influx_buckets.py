"""Buckets of InfluxDB: made once, changed only where they differ, and a wrong organisation in a sentence."""

import json
from typing import Any

import pytest

from core.errors import StoreError
from core.readings.history_url import INFLUXDB, HistoryAddress
from store.history import influx_buckets
from store.history.http import HttpAnswer
from store.history.influx_retention import InfluxRetention

ADDRESS = HistoryAddress(INFLUXDB, "http://influx", "farm", "coldshed")


class Server:
    """InfluxDB's buckets and organisations, as its API shows them. `status` answers a missing one."""

    def __init__(self, org: str = "farm", status: int = 404) -> None:
        self._org, self._status = org, status
        self.seconds: dict[str, int] = {}
        self.changes: list[str] = []

    def get(self, path: str, parameters: dict[str, str] | None = None) -> bytes:
        if path == "/api/v2/orgs":
            if (parameters or {})["org"] != self._org:
                raise HttpAnswer("no such organisation", self._status, "no such organisation", 0.0)
            return b'{"orgs": [{"id": "o1"}]}'
        name = (parameters or {}).get("name", "")
        if name not in self.seconds:
            raise HttpAnswer("no such bucket", self._status, "no such bucket", 0.0)
        rules = [{"type": "expire", "everySeconds": self.seconds[name]}] if self.seconds[name] else []
        return json.dumps({"buckets": [{"id": name, "retentionRules": rules}]}).encode()

    def send(self, method: str, path: str, body: bytes) -> bytes:
        bucket = json.loads(body)
        name = bucket.get("name") or path.rpartition("/")[2]
        self.seconds[name] = bucket["retentionRules"][0]["everySeconds"] if bucket["retentionRules"] else 0
        self.changes.append(method)
        return b""


def ensure(server: Server, retention: InfluxRetention) -> list[str]:
    http: Any = server
    return [bucket.done for bucket in influx_buckets.ensure(http, ADDRESS, retention)]


def test_a_second_run_changes_nothing() -> None:
    server, retention = Server(), InfluxRetention(90, 365, None)
    made = ensure(server, retention)
    assert (len(made), server.changes) == (3, ["POST"] * 3)
    assert list(server.seconds.values()) == list(retention.seconds())
    repeated = ensure(server, retention)
    assert all("is there" in line for line in repeated)
    assert len(server.changes) == 3


def test_a_changed_retention_changes_only_its_bucket_and_can_be_for_ever() -> None:
    server = Server()
    ensure(server, InfluxRetention(90, 365, None))
    lines = ensure(server, InfluxRetention(None, 365, None))
    assert server.changes[3:] == ["PATCH"]
    assert "from 98 days, now kept for ever" in lines[0]


def test_an_organisation_that_is_not_there_names_the_setting() -> None:
    with pytest.raises(StoreError, match=r"organisation farm.*COLDSHED_HISTORY_URL"):
        ensure(Server(org="other"), InfluxRetention(90, 365, None))


def test_a_server_that_refuses_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(HttpAnswer):
        ensure(Server(org="other", status=401), InfluxRetention(90, 365, None))
