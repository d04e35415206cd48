"""The page of the alerts, and what is pressed on it at the wrong moment."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from store.alerts import alerts, lifecycle
from tests.web.builders import NOW
from tests.web.scene import Scene

SignIn = Callable[[str], TestClient]


def open_alert(scene: Scene) -> int:
    with scene.dbs.records.read() as tx:
        return alerts.open_alerts(tx)[0].id


def key_of(html: str, alert: int, what: str) -> str:
    match = re.search(rf'action="/alerts/{alert}/{what}">.*?name="key" value="([^"]+)"', html, re.S)
    assert match is not None
    return match[1]


def test_an_open_alert_says_its_worst_value_and_who_is_awaited(signed_in: SignIn) -> None:
    html = signed_in("keeper").get("/alerts").text
    assert "最低1.1度" in html
    assert "等人去" in html
    assert "最高9.1度" in html  # the one of yesterday


def test_older_pages_hold_no_open_alerts(scene: Scene, signed_in: SignIn) -> None:
    assert "等人去" not in signed_in("keeper").get(f"/alerts?before={open_alert(scene) + 10}").text


def test_an_alert_that_is_over_is_passed_on_to_nobody(scene: Scene, signed_in: SignIn) -> None:
    alert, client = open_alert(scene), signed_in("keeper")
    key = key_of(client.get("/alerts").text, alert, "pass")
    with scene.dbs.records.write() as tx:
        lifecycle.resolve(tx, NOW, alert, "back_inside", 4.0)
    answer = client.post(f"/alerts/{alert}/pass", data={"key": key})
    assert answer.status_code == 409
    assert "这件事已经过去了" in answer.text


def test_where_no_alerts_service_runs_it_says_to_telephone(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    settings = client.app.state.pages  # type: ignore[attr-defined]
    client.app.state.pages = type(settings)()  # type: ignore[attr-defined]
    answer = client.post(f"/alerts/{open_alert(scene)}/pass", data={"key": "k" * 16})
    assert answer.status_code == 503


def test_an_alert_that_does_not_exist_is_refused_and_books_nothing(signed_in: SignIn) -> None:
    assert signed_in("keeper").post("/alerts/999/go", data={"key": "k" * 16}).status_code in (404, 409)


def test_after_going_only_a_place_of_ours_is_gone_to(scene: Scene, signed_in: SignIn) -> None:
    alert, client = open_alert(scene), signed_in("keeper")
    key = key_of(client.get("/alerts").text, alert, "go")
    answer = client.post(f"/alerts/{alert}/go", data={"key": key, "next": "//elsewhere.example"})
    assert answer.headers["location"] == "/"


def test_a_clerk_sees_alerts_and_presses_nothing(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("clerk")
    html = client.get("/alerts").text
    assert f'action="/alerts/{open_alert(scene)}/go"' not in html
    assert client.post(f"/alerts/{open_alert(scene)}/go", data={"key": "k" * 16}).status_code == 403
