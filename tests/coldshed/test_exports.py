"""Papers through the API, really made by a child process."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.context import OutsideServices
from coldshed.exports import exporter
from core.people.people import NewPerson
from core.rooms.places import NewRoom
from core.stock.new_entries import NewLot
from reports.export_process import StoreAddresses
from store.catalogue.produce import seed
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.people.federation import add_cooperative, add_federation, add_site, add_village
from store.people.people import add_person, issue_token
from store.rooms.places import add_room
from store.stock.ledger import receive

NOW = 1_768_360_786_000


@pytest.fixture
def heads(dbs: Databases) -> dict[str, dict[str, str]]:
    """A keeper and two clerks, each cooperative with a lot of its own."""
    tokens = {}
    with dbs.records.write() as tx:
        add_federation(tx, NOW, "万宝山联合社", "万宝山联合社")
        seed(tx, NOW)
        village = add_village(tx, NOW, "古池村")
        room = add_room(
            tx, NOW, NewRoom(site=add_site(tx, NOW, "古池库区", village), name="3号库", kind="cold_room")
        )
        for name, produce in (("甲社", "potato_table"), ("乙社", "potato_table")):
            cooperative = add_cooperative(tx, NOW, name, village)
            clerk = add_person(tx, NOW, NewPerson(name=f"{name}记账", role="clerk", cooperative=cooperative))
            receive(
                tx, NOW, NewLot(produce=produce, cooperative=cooperative, room=room, grams=10**6, by=clerk)
            )
            tokens[name] = issue_token(tx, clerk, "api", NOW, 10**6)
        tokens["keeper"] = issue_token(
            tx, add_person(tx, NOW, NewPerson(name="任师傅", role="keeper")), "api", NOW, 10**6
        )
    return {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}


@pytest.fixture
def client(dbs: Databases, tmp_path: Path) -> TestClient:
    app = create_app(
        dbs,
        SqliteHistory(dbs.history),
        now=lambda: NOW,
        services=OutsideServices(export=exporter(StoreAddresses(tmp_path))),
    )
    return TestClient(app)


def test_a_clerk_gets_the_own_cooperatives_stock_and_a_keeper_all(
    client: TestClient, heads: dict[str, dict[str, str]]
) -> None:
    papers = {
        name: client.get("/api/v1/export/stock", headers=head).content.decode()
        for name, head in heads.items()
    }
    assert "甲社" in papers["甲社"]
    assert "乙社" not in papers["甲社"]
    assert "甲社" in papers["keeper"]
    assert "乙社" in papers["keeper"]


def test_a_rooms_month_is_a_spreadsheet(client: TestClient, heads: dict[str, dict[str, str]]) -> None:
    query = {"month": "2026-01", "format": "xlsx"}
    answer = client.get("/api/v1/export/rooms/1", params=query, headers=heads["keeper"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.content.startswith(b"PK")
    assert "attachment" in answer.headers["content-disposition"]
