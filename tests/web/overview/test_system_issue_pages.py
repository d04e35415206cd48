"""What is over has a button on the page of devices; what lasts has none."""

from collections.abc import Callable

from starlette.testclient import TestClient

from store.overview import system_issues
from tests.web.conftest import NOW
from tests.web.scene import Scene

SignedIn = Callable[[str], TestClient]


def names(scene: Scene) -> set[str]:
    with scene.dbs.records.read() as tx:
        return {issue.name for issue in system_issues.open_issues(tx)}


def test_a_past_issue_is_ended_by_its_button(scene: Scene, signed_in: SignedIn) -> None:
    with scene.dbs.records.write() as tx:
        for name in ("journal.restarted", "box.disk_low"):
            system_issues.note(tx, name, "row 5", NOW)
    client = signed_in("admin")
    assert client.get("/devices").text.count('action="/issues/acknowledge"') == 1
    for _ in range(2):
        answer = client.post("/issues/acknowledge", data={"name": "journal.restarted"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/devices")
    assert "journal.restarted" not in names(scene)
    client.post("/issues/acknowledge", data={"name": "box.disk_low"})
    assert "box.disk_low" in names(scene)


def test_a_keeper_ends_none(scene: Scene, signed_in: SignedIn) -> None:
    assert signed_in("keeper").post("/issues/acknowledge", data={"name": "x"}).status_code == 403
