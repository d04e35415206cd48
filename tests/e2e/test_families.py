"""Every family from the wire to the API: the golden messages through a real Mosquitto and the listener,
and what `/api/v1/readings/latest` says then.

All messages go to one listener, so devices meet their own other cases: a value is compared only where no
case of its series depends on another message.
"""

import base64
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.metrics import ROOM_METRICS
from core.people.people import NewPerson
from core.times import DAY_MS
from ingest.address import BrokerAddress
from ingest.decoders import FAMILIES, Router
from ingest.listener import Listener
from ingest.rules.build import shipped_rules
from ingest.rules.rule_list import RuleList
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.people.federation import add_federation
from store.people.people import add_person, issue_token
from store.schema import create
from tests.support.flood import flood
from tests.support.machines import Broker

CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
DEADLINE_S = 40.0


class Series(NamedTuple):
    device: str
    position: str
    metric: str


@dataclass
class World:
    """What was expected of each family, and what the API knows."""

    expected: dict[str, dict[Series, list[float]]]
    steady: set[Series]
    several: set[str]
    """Devices of messages that speak for more than one: the cases do not say which value is whose."""
    nameless: set[tuple[str, str]]
    """(position, metric) of cases that leave open what the device is called."""
    latest: dict[Series, float]


def cases_of(family: str) -> list[dict[str, Any]]:
    """In an order in which each comes after what it needs; those that take something away stay out."""
    cases = {
        case["name"]: case
        for path in sorted((CASES / family).glob("*.jsonl"))
        for case in map(json.loads, path.read_text("utf-8").splitlines())
    }
    ordered: dict[str, dict[str, Any]] = {}

    def take(name: str) -> None:
        needs = cases[name]["expect"].get("needs", [])
        for needed in [needs] if isinstance(needs, str) else needs:
            if needed not in ordered:
                take(needed)
        ordered[name] = cases[name]

    for name, case in cases.items():
        if body(case) and "removed" not in case["expect"] and not name.endswith("without_one_component"):
            take(name)
    return list(ordered.values())


def body(case: dict[str, Any]) -> bytes:
    if "payload_b64" in case:
        return base64.b64decode(case["payload_b64"])
    return str(case["payload"]).encode()


def expected_of(cases: list[dict[str, Any]]) -> tuple[dict[Series, list[float]], set[Series]]:
    values: dict[Series, list[float]] = defaultdict(list)
    needed = {
        name
        for case in cases
        for needs in [case["expect"].get("needs", [])]
        for name in ([needs] if isinstance(needs, str) else needs)
    }
    moving: set[Series] = set()
    for case in cases:
        device = case["expect"].get("device")
        for reading in case["expect"]["readings"]:
            if device is not None and reading["metric"] in ROOM_METRICS:
                series = Series(device, reading["sensor"] or "", reading["metric"])
                values[series].append(reading["value"])
                if case["name"] in needed or "needs" in case["expect"] or case["retained"]:
                    moving.add(series)
    return dict(values), set(values) - moving


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("families")
    broker = Broker(folder / "mosquitto").start()
    dbs = Databases(folder)
    create(dbs)
    router = Router()
    router.use_rules(RuleList((), shipped_rules()))
    listener = Listener(dbs, BrokerAddress.from_url(broker.url), router)
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        yield _taught(dbs, broker.port)
    finally:
        stop.set()
        thread.join(20)
        dbs.close()
        broker.stop()


def _taught(dbs: Databases, port: int) -> World:
    cases = {family: cases_of(family) for family in NAMES}
    expected = {family: expected_of(cases[family]) for family in NAMES}
    wanted = {series for values, _ in expected.values() for series in values}
    messages = [(case["topic"], body(case)) for family in NAMES for case in cases[family]]
    with dbs.records.write() as tx:
        add_federation(tx, 1, "万宝山联合社", "万宝山联合社")
        token = issue_token(
            tx, add_person(tx, 1, NewPerson(name="看的人", role="viewer")), "api", _now(), DAY_MS
        )
    app = create_app(dbs, SqliteHistory(dbs.history))
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        end = time.monotonic() + DEADLINE_S
        latest: dict[Series, float] = {}
        while not wanted <= set(latest) and time.monotonic() < end:
            # again and again: topics are learned from the messages before, and first there is no listener
            assert len(list(flood(port, messages))) == len(messages)
            settled = time.monotonic() + 1.5
            while not wanted <= set(latest) and time.monotonic() < settled:
                time.sleep(0.1)
                latest = _latest(client)
    return World(
        {family: values for family, (values, _) in expected.items()},
        {series for _, steady in expected.values() for series in steady},
        {
            name
            for family_cases in cases.values()
            for case in family_cases
            for name in case["expect"].get("devices", [])
        },
        {
            (reading["sensor"] or "", reading["metric"])
            for every in cases.values()
            for case in every
            for reading in case["expect"]["readings"]
            if case["expect"].get("device") is None
        },
        latest,
    )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _latest(client: TestClient) -> dict[Series, float]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(
            "/api/v1/readings/latest", params={"limit": 500} | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return {
        Series(_plain(item["device"]), item["position"] or "", item["metric"]): item["value"]
        for item in items
        if item["metric"] in ROOM_METRICS
    }


def _plain(device: str) -> str:
    """Two families that call two devices alike are kept apart by the family's name."""
    before, colon, name = device.partition(":")
    return name if colon and before in {*dict(FAMILIES), "recipe"} else device


@pytest.mark.parametrize("family", NAMES)
def test_what_a_family_sends_comes_out_of_the_api(family: str, world: World) -> None:
    expected = world.expected[family]
    assert expected
    assert set(expected) - set(world.latest) == set()
    wrong = {
        series: (world.latest[series], values)
        for series, values in expected.items()
        if series in world.steady
        and not any(world.latest[series] == pytest.approx(value) for value in values)
    }
    assert wrong == {}


def test_nothing_else_comes_out_of_it(world: World) -> None:
    expected = {series for values in world.expected.values() for series in values}
    more = {series for series in world.latest if series not in expected}
    more = {series for series in more if (series.position, series.metric) not in world.nameless}
    assert {series for series in more if series.device not in world.several} == set()
