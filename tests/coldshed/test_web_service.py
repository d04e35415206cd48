"""The web process as a whole."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coldshed.settings import Settings
from coldshed.web_service import build
from core.people.people import NewPerson
from store.database import Databases
from store.live import Hub
from store.people.people import add_person, issue_token
from store.schema import create

NOW = 1_768_360_786_000


@pytest.mark.parametrize(("role", "may_write"), [("keeper", True), ("viewer", False), ("", False)])
def test_an_alert_is_taken_over_on_a_pretend_phone_only_by_who_may_do_so(
    tmp_path: Path, role: str, may_write: bool
) -> None:
    dbs = Databases(tmp_path)
    create(dbs)
    head = {}
    if role:
        with dbs.records.write() as tx:
            token = issue_token(tx, add_person(tx, NOW, NewPerson(name=role, role=role)), "page", NOW, 2**42)
        head["Authorization"] = f"Bearer {token}"
    app = build(Settings(data_dir=tmp_path), dbs, Hub(dbs, lambda: NOW))
    with TestClient(app, headers=head) as client:
        assert client.get("/phones/state").status_code == (200 if role else 401)
        response = client.post("/phones/reply", json={"phone": "13800000001", "text": "1"})
        assert response.status_code == (200 if may_write else 401)
    dbs.close()
