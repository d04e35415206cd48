"""Made-up devices are forgotten through the API, after a dry listing."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from store.devices import devices
from tests.api.house import House

SignedIn = Callable[[str], TestClient]
FORGET = "/api/v1/devices/forget"


def flood(house: House) -> None:
    with house.dbs.journal.write() as tx:
        made_up = {f"x{number}": "own" for number in range(3)}
        devices.record_last_seen(tx, house.now, made_up, dict.fromkeys(made_up, "gateway-1"))


def test_it_only_lists_until_it_is_told_not_to(signed_in: SignedIn, house: House) -> None:
    flood(house)
    client = signed_in("technician")
    listed = client.post(FORGET, json={"login": "gateway-1"}).json()
    assert listed == {"devices": ["x0", "x1", "x2"], "kept": [], "forgotten": 0, "left": 3}
    done = client.post(FORGET, json={"login": "gateway-1", "dry_run": False}).json()
    assert (done["forgotten"], done["left"]) == (3, 0)
    assert client.get("/api/v1/devices/x0").status_code == 404


def test_a_repeated_request_answers_the_same(signed_in: SignedIn, house: House) -> None:
    flood(house)
    client, head = signed_in("technician"), {"Idempotency-Key": "forget-1"}
    body = {"devices": ["x0"], "dry_run": False}
    answers = [client.post(FORGET, json=body, headers=head) for _ in range(2)]
    assert [answer.json()["forgotten"] for answer in answers] == [1, 1]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert client.post(FORGET, json={"like": "x*"}, headers=head).status_code == 409


def test_a_placed_one_stays_with_the_reason(signed_in: SignedIn, house: House) -> None:
    answer = signed_in("technician").post(FORGET, json={"devices": ["coldroom-3"], "dry_run": False})
    assert answer.json()["kept"] == [{"device": "coldroom-3", "reason": "placed"}]
    assert answer.json()["forgotten"] == 0


def test_who_may_not_and_what_cannot_be(signed_in: SignedIn, house: House) -> None:
    assert signed_in("keeper").post(FORGET, json={"like": "*"}).status_code == 403
    client = signed_in("technician")
    refused = client.post(FORGET, json={})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "nothing-chosen")
    assert client.post(FORGET, json={"devices": ["nobody"]}).status_code in (404, 409)
