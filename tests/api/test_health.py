"""What machines are told about us."""

import pytest
from fastapi.testclient import TestClient

from core.times import HOUR_MS
from store.database import Databases
from store.overview import system_issues
from tests.api.house import House
from tests.support.services import report


def test_we_are_well_on_a_quiet_night(client: TestClient, house: House) -> None:
    house.now += 5 * HOUR_MS
    house.beat()
    house.now += 2_000
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "reason": None,
        "services": [],
        "issues": [],
        "heartbeat_s": 2.0,
        "reading_s": 18_002.0,
        "connected": True,
    }


def test_an_issue_that_a_restart_does_not_mend_is_named_without_the_names_of_logins(
    client: TestClient, house: House
) -> None:
    house.beat()
    with house.dbs.records.write() as tx:
        for name in ("box.disk_low", "box.login:gateway-1", "box.login:gateway-2"):
            system_issues.note(tx, name, "why", house.now)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["issues"]) == (200, ["box.disk_low", "box.login:"])


def test_we_are_not_well_when_the_listener_is_silent(client: TestClient, house: House) -> None:
    house.now += 31_000
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "listener-silent")


def test_we_are_not_well_when_the_listener_has_no_broker(client: TestClient, house: House) -> None:
    house.now += 31_000
    house.beat(connected=False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "broker-not-connected")


def test_we_are_not_well_when_readings_arrive_and_nobody_judges_them(
    client: TestClient, house: House
) -> None:
    house.beat()
    for _ in range(14):
        house.now += 5_000
        house.beat(followed=False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "alerts-behind")
    assert answer.json()["services"] == [
        {"service": "alerts", "trouble": "behind", "seconds": 65.0},
        {"service": "record", "trouble": "behind", "seconds": 65.0},
    ]


@pytest.mark.parametrize("service", ["alerts", "ingest", "record", "web"])
def test_we_are_not_well_when_a_service_hangs_or_works_in_vain(
    client: TestClient, house: House, service: str
) -> None:
    house.beat()
    report(house.dbs.data_dir, service, quiet_s=61)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, f"{service}-hung")
    report(house.dbs.data_dir, service, idle_s=61, error="disk full")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, f"{service}-failing")
    assert "disk full" not in answer.text  # anybody may ask
    report(house.dbs.data_dir, service)
    assert client.get("/healthz").status_code == 200


def test_an_outside_history_that_is_away_is_no_fault_of_ours(client: TestClient, house: House) -> None:
    house.beat()
    report(house.dbs.data_dir, "record", idle_s=3600, error="connection refused", outside=True)
    assert client.get("/healthz").status_code == 200


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


def test_the_age_of_each_service_is_a_metric(house: House, client: TestClient) -> None:
    report(house.dbs.data_dir, "alerts", quiet_s=75)
    report(house.dbs.data_dir, "record").close()
    text = client.get("/metrics", headers=house.head("admin")).text
    ages = {
        line.split('"')[1]: float(line.split()[1])
        for line in text.splitlines()
        if line.startswith("coldshed_service_progress_age_seconds{")
    }
    assert set(ages) == {"alerts"}, "one that ended in order is not late"
    assert 75 <= ages["alerts"] < 100
