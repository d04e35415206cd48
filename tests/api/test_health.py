"""What machines are told about us."""

from fastapi.testclient import TestClient

from core.times import HOUR_MS
from store.database import Databases
from tests.api.house import House


def test_we_are_well_on_a_quiet_night(client: TestClient, house: House) -> None:
    house.now += 5 * HOUR_MS
    house.beat()
    house.now += 2_000
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "reason": None,
        "heartbeat_s": 2.0,
        "reading_s": 18_002.0,
        "connected": True,
    }


def test_we_are_not_well_when_the_listener_is_silent(client: TestClient, house: House) -> None:
    house.now += 31_000
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "listener-silent")


def test_we_are_not_well_when_the_listener_has_no_broker(client: TestClient, house: House) -> None:
    house.now += 31_000
    house.beat(connected=False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "broker-not-connected")


def test_a_new_house_says_that_nothing_listens(client: TestClient, dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        tx.exec_driver_sql("DELETE FROM journal")
        tx.exec_driver_sql("DELETE FROM latest")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["heartbeat_s"], answer.json()["reading_s"]) == (503, None, None)


def test_the_numbers_are_for_an_administrator(client: TestClient, house: House) -> None:
    answer = client.get("/metrics", headers=house.head("admin"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert "coldshed_healthy 1.0" in lines
    assert "coldshed_series 5.0" in lines
    assert "coldshed_rejected_messages 2.0" in lines
    assert "coldshed_heartbeat_age_seconds 0.0" in lines


def test_a_collector_on_this_machine_reads_them_with_its_token(house: House) -> None:
    from api.app import create_app
    from api.context import ApiSettings

    app = create_app(house.dbs, house.history, ApiSettings(metrics_token="t0"), now=lambda: house.now)
    head = {"Authorization": "Bearer t0"}
    here = TestClient(app, client=("127.0.0.1", 5000))
    away = TestClient(app, client=("192.168.1.7", 5000))
    assert here.get("/metrics", headers=head).status_code == 200
    assert here.get("/metrics", headers={"Authorization": "Bearer t1"}).status_code == 401
    assert away.get("/metrics", headers=head).status_code == 401
