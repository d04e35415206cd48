"""One federation with an entry of every noun, for tests that change nothing or only their own rows."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.times import iso
from core.times import DAY_MS, HOUR_MS
from store.notifications.roster import add_duty
from tests.api.house import House

API = "/api/v1"


class Callers:
    """Requests in the name of people of the house."""

    def __init__(self, app: FastAPI, house: House) -> None:
        self.app, self.house = app, house
        self._clients: dict[str, TestClient] = {}

    def __call__(self, name: str) -> TestClient:
        if name not in self._clients:
            headers = self.house.head(name)
            self._clients[name] = TestClient(self.app, headers=headers, raise_server_exceptions=False)
        return self._clients[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def post(callers: Callers, name: str, path: str, body: dict[str, object]) -> int:
    """The id of what was made."""
    answer = callers(name).post(f"{API}{path}", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json().get("id", 0))


def fill(callers: Callers) -> None:
    """Three of every noun that people write, so that lists have pages."""
    house = callers.house
    room, other = house.rooms["3号库"], house.rooms["6号库"]
    for number, owner in enumerate(("alice", "bob", "alice")):
        lot = post(
            callers,
            "keeper",
            "/lots",
            {
                "produce": "potato_table",
                "cooperative": house.cooperatives[owner],
                "room": room,
                "kg": 1000 + number,
                "at": iso(house.now - DAY_MS),
            },
        )
        post(callers, "keeper", "/movements", {"lot": lot, "kind": "issue", "kg": 1 + number})
    for ago in (1, 2, 3):
        at = iso(house.now - ago * HOUR_MS)
        post(callers, "keeper", "/readings", {"room": room, "temperature": 4 + ago, "at": at})
        post(callers, "keeper", "/patrols", {"room": room, "at": at})
        post(callers, "keeper", "/checks", {"room": other})
        post(
            callers,
            "technician",
            "/calibrations",
            {"device": "coldroom-3", "position": "door", "offset": ago / 10, "method": "ice"},
        )
        rule = {"name": f"shed {ago}", "topics": [f"farm{ago}/{{device}}/up"]}
        rule["values"] = [{"path": "t", "metric": "temperature"}]  # type: ignore[list-item]
        post(callers, "technician", "/rules", {"rule": rule})
    with house.dbs.records.write() as tx:
        for ahead in range(3):
            start = house.now + (ahead * 7 - 1) * DAY_MS
            add_duty(tx, house.now, 1, house.people["keeper"], start, start + 7 * DAY_MS)
