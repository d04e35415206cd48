"""Movements through the API: where goods may go, and what a clerk may write."""

from typing import Any

import pytest

from tests.api.scene import API, Callers, post


def new_lot(callers: Callers, owner: str = "alice", kg: float = 100) -> int:
    cooperative = callers.house.cooperatives[owner]
    body = {"produce": "potato_table", "cooperative": cooperative, "room": 1, "kg": kg}
    return post(callers, "keeper", "/lots", body)


def write(callers: Callers, name: str, **body: object) -> Any:
    return callers(name).post(f"{API}/movements", json=body)


def test_a_lot_in_two_rooms_does_not_say_by_itself_where_it_leaves_from(callers: Callers) -> None:
    lot = new_lot(callers)
    assert write(callers, "keeper", lot=lot, kind="transfer", kg=40, room=2).status_code == 201
    answer = write(callers, "keeper", lot=lot, kind="issue", kg=10)
    assert answer.status_code == 409
    taken = write(callers, "keeper", lot=lot, kind="issue", kg=10, room=2).json()
    assert (taken["from_room"], taken["to_room"], taken["kind"], taken["kg"]) == (2, None, "issue", 10.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "transfer", "kg": 1}, 422),
        ({"kind": "transfer", "kg": 1, "room": 1}, 409),
        ({"kind": "transfer", "kg": 101, "room": 2}, 409),
        ({"kind": "issue", "kg": 101}, 409),
        ({"kind": "issue", "kg": 1, "room": 3}, 409),
        ({"kind": "issue", "kg": 1, "at": "2026-01-13T00:00:00Z"}, 409),
    ],
)
def test_a_movement_that_cannot_be_is_refused_and_leaves_the_lot_as_it_was(
    callers: Callers, body: dict[str, object], status: int
) -> None:
    lot = new_lot(callers)
    answer = write(callers, "keeper", lot=lot, **body)
    assert answer.status_code == status, answer.text
    assert callers("keeper").get(f"{API}/lots/{lot}").json()["rooms"] == [{"room": 1, "kg": 100.0}]


def test_a_clerk_moves_only_their_own_cooperatives_goods(callers: Callers) -> None:
    own, other = new_lot(callers), new_lot(callers, "bob")
    assert write(callers, "alice", lot=own, kind="issue", kg=1).status_code == 201
    assert write(callers, "alice", lot=other, kind="issue", kg=1).status_code == 404
    entries = callers("alice").get(f"{API}/movements", params={"lot": other}).json()
    assert entries == {"items": [], "next": None}


def test_an_entry_is_reversed_once(callers: Callers) -> None:
    lot = new_lot(callers)
    entry = write(callers, "keeper", lot=lot, kind="issue", kg=100).json()["id"]
    path = f"{API}/movements/{entry}/correct"
    reversal = callers("keeper").post(path, json={"reason": "多记了"})
    assert (reversal.status_code, reversal.json()["reverses"], reversal.json()["kg"]) == (201, entry, 100.0)
    assert callers("keeper").post(path, json={"reason": "多记了"}).status_code == 409
    assert callers("keeper").get(f"{API}/lots/{lot}").json()["kg"] == 100


def test_a_receipt_cannot_be_reversed_after_goods_have_left(callers: Callers) -> None:
    lot = new_lot(callers)
    write(callers, "keeper", lot=lot, kind="issue", kg=1)
    entries = callers("keeper").get(f"{API}/movements", params={"lot": lot}).json()["items"]
    receipt = next(entry for entry in entries if entry["kind"] == "receive")
    answer = callers("keeper").post(f"{API}/movements/{receipt['id']}/correct", json={"reason": "x"})
    assert answer.status_code == 409


def test_the_list_narrows_by_room(callers: Callers) -> None:
    lot = new_lot(callers)
    write(callers, "keeper", lot=lot, kind="transfer", kg=5, room=2)
    rows = callers("keeper").get(f"{API}/movements", params={"room": 2}).json()["items"]
    assert all(2 in (row["from_room"], row["to_room"]) for row in rows)
    assert any(row["lot"] == lot for row in rows)
    assert callers("keeper").get(f"{API}/movements", params={"room": 3}).json()["items"] == []
