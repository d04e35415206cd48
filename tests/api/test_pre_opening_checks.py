"""开库前体检 through the API."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from core.times import HOUR_MS
from store.notifications.roster import add_duty
from tests.api.house import House

SignedIn = Callable[[str], TestClient]


def test_a_check_is_made_kept_and_read_again(signed_in: SignedIn, house: House) -> None:
    keeper, room = signed_in("keeper"), house.rooms["3号库"]
    made = keeper.post("/api/v1/checks", json={"room": room})
    assert made.status_code == 201
    check = made.json()
    assert (check["by"]["name"], check["room"]) == ("keeper", room)
    lines = {line["code"]: line for line in check["lines"]}
    assert (lines["probe_never"]["word"], lines["probe_never"]["facts"]["spot"]) == ("bad", "pile")
    assert lines["credit_unknown"]["todo"]
    assert lines["roster_none"]["found"] == "古池库区现在没人值班"
    assert check["worst"] == "bad"
    assert keeper.get(f"/api/v1/checks/{check['id']}").json() == check
    assert keeper.get("/api/v1/checks").json()["items"] == [check]
    english = keeper.get(f"/api/v1/checks/{check['id']}", headers={"Accept-Language": "en"}).json()
    assert "nobody is on duty now" in str(english["lines"])


def test_asked_again_it_is_one_check(signed_in: SignedIn, house: House) -> None:
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}
    first, again = (keeper.post("/api/v1/checks", json={}, headers=key) for _ in range(2))
    assert first.content == again.content
    assert len(keeper.get("/api/v1/checks").json()["items"]) == 1


def test_rooms_checks_and_people_that_are_not_there(signed_in: SignedIn, house: House) -> None:
    assert signed_in("keeper").post("/api/v1/checks", json={"room": 99}).status_code == 404
    assert signed_in("keeper").get("/api/v1/checks/99").status_code == 404
    assert signed_in("viewer").post("/api/v1/checks").status_code == 403


def test_everybody_who_will_be_on_duty_is_rung_once(signed_in: SignedIn, house: House) -> None:
    with house.dbs.records.write() as tx:
        add_duty(tx, house.now, 1, house.people["keeper"], house.now - HOUR_MS, house.now + HOUR_MS)
    keeper, key = signed_in("keeper"), {"Idempotency-Key": "tap"}
    rung = [keeper.post("/api/v1/checks/ring", headers=key).json() for _ in range(2)]
    assert rung == [{"texts": 1, "people": [{"id": house.people["keeper"], "name": "keeper"}]}] * 2
    texts = signed_in("manager").get("/api/v1/notifications").json()["items"]
    assert [row["kind"] for row in texts] == ["trial"]
    assert signed_in("viewer").post("/api/v1/checks/ring").status_code == 403
