"""A phone that asks again does not write again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from core.times import DAY_MS
from store.stock.lots import lots
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def _body(house: House, kg: float = 1500) -> dict[str, object]:
    owner, room = house.cooperatives["alice"], house.rooms["3号库"]
    return {"produce": "potato_table", "cooperative": owner, "room": room, "kg": kg}


def _count(house: House) -> int:
    with house.dbs.records.read() as tx:
        return len(lots(tx))


def test_the_same_key_and_body_are_answered_the_same_and_written_once(
    signed_in: SignedIn, house: House
) -> None:
    key = {"Idempotency-Key": "slip-1"}
    first = signed_in("keeper").post("/api/v1/lots", json=_body(house), headers=key)
    again = signed_in("keeper").post("/api/v1/lots", json=_body(house), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _count(house) == 1


def test_the_same_key_with_another_body_or_for_another_thing_is_a_conflict(
    signed_in: SignedIn, house: House
) -> None:
    key = {"Idempotency-Key": "slip-1"}
    keeper = signed_in("keeper")
    lot = keeper.post("/api/v1/lots", json=_body(house), headers=key).json()["id"]
    for path, body in (
        ("/api/v1/lots", _body(house, 1501)),
        ("/api/v1/movements", {"lot": lot, "kind": "issue", "kg": 1}),
    ):
        answer = keeper.post(path, json=body, headers=key)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert _count(house) == 1


def test_a_key_is_a_persons_own(signed_in: SignedIn, house: House) -> None:
    key = {"Idempotency-Key": "1"}
    for who in ("keeper", "manager"):
        assert signed_in(who).post("/api/v1/lots", json=_body(house), headers=key).status_code == 201
    assert _count(house) == 2


def test_without_a_key_each_request_writes(signed_in: SignedIn, house: House) -> None:
    for _ in range(2):
        assert signed_in("keeper").post("/api/v1/lots", json=_body(house)).status_code == 201
    assert _count(house) == 2


def test_what_was_refused_may_be_asked_again_with_the_same_key(signed_in: SignedIn, house: House) -> None:
    key = {"Idempotency-Key": "slip-1"}
    keeper, body = signed_in("keeper"), {"lot": 1, "kind": "issue", "kg": 5}
    assert keeper.post("/api/v1/movements", json=body, headers=key).status_code == 404
    keeper.post("/api/v1/lots", json=_body(house))
    assert keeper.post("/api/v1/movements", json=body, headers=key).status_code == 201


def test_a_key_is_forgotten_after_seven_days(signed_in: SignedIn, house: House) -> None:
    key = {"Idempotency-Key": "slip-1"}
    login = house.tokens["keeper"]
    signed_in("keeper").post("/api/v1/lots", json=_body(house), headers=key)
    house.now += 7 * DAY_MS
    with house.dbs.records.write() as tx:
        tx.exec_driver_sql("UPDATE tokens SET expires_at = ?", (house.now + DAY_MS,))
    assert house.tokens["keeper"] == login
    again = signed_in("keeper").post("/api/v1/lots", json=_body(house), headers=key)
    assert "Idempotency-Replayed" not in again.headers
    assert _count(house) == 2


def test_a_write_without_a_body_takes_a_key_too(signed_in: SignedIn, house: House) -> None:
    room = house.rooms["3号库"]
    key = {"Idempotency-Key": "back"}
    manager = signed_in("manager")
    first = manager.delete(f"/api/v1/limits?room={room}", headers=key)
    again = manager.delete(f"/api/v1/limits?room={room}", headers=key)
    assert (first.content, again.headers["Idempotency-Replayed"]) == (again.content, "true")
    other = manager.delete(f"/api/v1/limits?room={house.rooms['6号库']}", headers=key)
    assert other.status_code == 409


def test_of_many_requests_at_once_with_one_key_one_writes(app: FastAPI, house: House) -> None:
    """Through two processes' worth of apps on the same files, all let go at the same moment."""
    apps = [app, create_app(house.dbs, house.history, now=lambda: house.now)]
    for api in apps:  # FastAPI builds a route at its first use; that is not what is tried here
        assert TestClient(api, headers=house.head("keeper")).post("/api/v1/lots").status_code == 422
    together = threading.Barrier(8)

    def ask(number: int) -> tuple[int, bytes]:
        client = TestClient(apps[number % 2], headers=house.head("keeper"))
        together.wait()
        answer = client.post("/api/v1/lots", json=_body(house), headers={"Idempotency-Key": "only-once"})
        return answer.status_code, answer.content

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert _count(house) == 1
