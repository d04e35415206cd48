"""Alerts through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.times import iso
from core.alerts.alerts import AlertKey
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.stock.new_entries import NewLot
from core.times import MINUTE_MS
from store.alerts.lifecycle import activate, resolve
from store.notifications.notifications import queue
from store.stock.ledger import receive
from tests.api.house import House
from tests.support.conditions import breach

SignedIn = Callable[[str], TestClient]


def _raise(house: House, severity: str = "warning", room: str = "3号库") -> int:
    now = house.now
    state = breach(now - 10 * MINUTE_MS, now, bound=2.5, value=1.2, worst=1.1, severity=severity)
    with house.dbs.records.write() as tx:
        key = AlertKey(house.rooms[room], "low", "temperature", "air")
        return activate(tx, now, key, state, "safe_delay_passed", {})


def test_an_alert_is_listed_taken_and_closed_with_all_that_happened(
    signed_in: SignedIn, house: House
) -> None:
    alert = _raise(house, "critical")
    keeper = signed_in("keeper")
    listed = keeper.get("/api/v1/alerts", params={"status": "open"}).json()["items"]
    assert [(a["id"], a["status"], a["class"], a["value"]) for a in listed] == [(alert, "active", "air", 1.2)]
    assert listed[0]["since"] == iso(house.now - 10 * MINUTE_MS)

    taken = keeper.post(f"/api/v1/alerts/{alert}/acknowledge")
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, house.people["keeper"])
    second = signed_in("manager").post(f"/api/v1/alerts/{alert}/acknowledge")
    assert (second.status_code, second.json()["type"]) == (409, "/problems/already-acknowledged")
    assert second.json()["detail"] == "keeper已经去了。"

    bare = keeper.post(f"/api/v1/alerts/{alert}/close", json={})
    assert (bare.status_code, bare.json()["type"]) == (409, "/problems/cause-and-action")
    done = {"cause": "门没关", "action": "关门"}
    early = keeper.post(f"/api/v1/alerts/{alert}/close", json=done)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/still-critical")
    with house.dbs.records.write() as tx:
        resolve(tx, house.now, alert, "back_inside", 3.0)
    closed = keeper.post(f"/api/v1/alerts/{alert}/close", json=done)
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    full = keeper.get(f"/api/v1/alerts/{alert}").json()
    assert [event["kind"] for event in full["events"]] == [
        "activated",
        "acknowledged",
        "resolved",
        "closed",
    ]
    assert full["events"][1]["facts"] == {"via": "api"}
    assert (full["cause"], full["closed_by"]) == ("门没关", house.people["keeper"])


def test_alerts_are_told_apart_by_room_and_status_and_paged(signed_in: SignedIn, house: House) -> None:
    first, second = _raise(house), _raise(house, room="6号库")
    third = _raise(house, room="1号棚")
    with house.dbs.records.write() as tx:
        resolve(tx, house.now, first, "back_inside", 3.0)
    get = signed_in("viewer").get

    def ids(**query: object) -> list[int]:
        return [a["id"] for a in get("/api/v1/alerts", params=query).json()["items"]]

    assert ids() == [third, second, first]
    assert ids(status="open") == [third, second]
    assert ids(status="resolved") == [first]
    assert ids(room=house.rooms["6号库"]) == [second]
    page = get("/api/v1/alerts", params={"limit": 2}).json()
    assert ids(limit=2, cursor=page["next"]) == [first]


@pytest.mark.parametrize("what", ["", "/acknowledge", "/close"])
def test_an_alert_that_is_not_there_is_a_problem(signed_in: SignedIn, what: str) -> None:
    keeper = signed_in("keeper")
    path = f"/api/v1/alerts/99{what}"
    answer = keeper.post(path, json={}) if what else keeper.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-alert")


def test_messages_to_people_are_shown_with_what_became_of_them(signed_in: SignedIn, house: House) -> None:
    alert = _raise(house)
    with house.dbs.records.write() as tx:
        message = NewMessage(house.people["keeper"], NotificationKind.FIRST, "3号库要冻了!", "a", alert)
        queue(tx, house.now, "pretend", message)
    get = signed_in("viewer").get
    notifications = get("/api/v1/notifications", params={"alert": alert}).json()["items"]
    assert [(n["text"], n["status"], n["attempts"], n["sent_at"]) for n in notifications] == [
        ("3号库要冻了!", "queued", 0, None)
    ]
    assert get("/api/v1/notifications", params={"status": "sent"}).json()["items"] == []


def test_the_lots_at_risk_are_shown_only_to_whom_they_belong(signed_in: SignedIn, house: House) -> None:
    with house.dbs.records.write() as tx:
        lots = {
            owner: receive(
                tx,
                house.now,
                NewLot(
                    produce="potato_table",
                    cooperative=house.cooperatives[owner],
                    room=house.rooms["3号库"],
                    grams=1000,
                    by=None,
                ),
            )
            for owner in ("alice", "bob")
        }
        state = breach(house.now, house.now, bound=2.5, value=1.2, worst=1.1)
        key = AlertKey(house.rooms["3号库"], "low", "temperature", "air")
        alert = activate(tx, house.now, key, state, "hard", dict.fromkeys(lots.values(), 1000))

    def visible_ids(who: str) -> list[int]:
        return [lot["lot"] for lot in signed_in(who).get(f"/api/v1/alerts/{alert}").json()["lots"]]

    assert visible_ids("keeper") == [lots["alice"], lots["bob"]]
    assert visible_ids("alice") == [lots["alice"]]
    assert visible_ids("bob") == [lots["bob"]]
    assert visible_ids("viewer") == visible_ids("technician") == []
