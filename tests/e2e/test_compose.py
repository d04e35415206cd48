"""docker-compose.yml: what compose makes of it, and its services as processes, from the first start on."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.compose import Stack, config
from tests.support.machines import Postgres

ONE = ("docker-compose.yml",)
SPLIT = ("docker-compose.yml", "docker-compose.postgres.yml")
ONCE = {"secrets", "migrate"}
PROBE = {"COLDSHED_MQTT_PASSWORD": "probe-password"}

Start = Callable[..., Stack]


def running(files: tuple[str, ...]) -> dict[str, Any]:
    """The services that `up` starts: those without a profile."""
    return {
        name: service for name, service in config(*files)["services"].items() if not service.get("profiles")
    }


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (ONE, {"secrets", "mosquitto", "influxdb", "coldshed"}),
        (
            SPLIT,
            {"secrets", "mosquitto", "influxdb", "postgres", "migrate", "ingest", "record", "alerts", "web"},
        ),
    ],
    ids=["one container", "split"],
)
def test_compose_takes_the_files_and_every_service_is_watched_and_comes_back(
    files: tuple[str, ...], names: set[str]
) -> None:
    services = running(files)
    assert set(services) == names
    for name, service in services.items():
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped"), name
        assert ("healthcheck" in service) == (name not in ONCE), name
        assert service["logging"]["options"]["max-size"], name


@pytest.mark.parametrize("files", [ONE, SPLIT], ids=["one container", "split"])
def test_only_the_broker_and_the_page_are_reachable_and_no_secret_stands_in_the_files(
    files: tuple[str, ...],
) -> None:
    services = running(files)
    assert {name for name, service in services.items() if service.get("ports")} == {
        "mosquitto",
        "coldshed" if files == ONE else "web",
    }
    for service in services.values():
        for name, value in (service.get("environment") or {}).items():
            if any(word in name for word in ("PASSWORD", "TOKEN", "SECRET", "DATABASE_URL", "MQTT_URL")):
                assert value in ("", None) or str(value).startswith("/secrets/"), name


def test_both_files_give_our_services_the_same_settings() -> None:
    services = config(*SPLIT)["services"]
    environment = services["coldshed"]["environment"]
    for name in ("migrate", "ingest", "record", "alerts", "web"):
        settings = dict(services[name]["environment"])
        assert settings.pop("COLDSHED_DATABASE_URL_FILE") == "/secrets/coldshed/database_url"
        assert settings == environment
        assert services[name]["volumes"] == services["coldshed"]["volumes"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    stacks = []

    def make(files: tuple[str, ...], **variables: str) -> Stack:
        stacks.append(Stack(tmp_path, config(*files, **variables)))
        return stacks[-1]

    yield make
    for stack in stacks:
        stack.close()


def say(
    stack: Stack, value: float, user: str = "coldshed", password: str = PROBE["COLDSHED_MQTT_PASSWORD"]
) -> int:
    message = [
        "-q",
        "1",
        "-t",
        "coldshed/v1/probe/readings",
        "-m",
        json.dumps({"at": time.time(), "temperature": value}),
    ]
    login = ["-u", user, "-P", password] if user else []
    return stack.inside("mosquitto_pub", "-h", "127.0.0.1", *login, *message)


def log_in(stack: Stack) -> str:
    """A token of the account that the first start made."""
    password = stack.file("coldshed-secrets", "admin_password")
    status, text = stack.ask("/api/v1/token", urlencode({"username": "admin", "password": password}))
    assert status == 200, text
    return str(json.loads(text)["access_token"])


def latest(stack: Stack, token: str) -> list[float]:
    _, text = stack.ask("/api/v1/readings/latest", Authorization=f"Bearer {token}")
    return [item["value"] for item in json.loads(text)["items"]] if text else []


@pytest.mark.timeout(300)
def test_one_container_takes_a_message_to_the_api_and_lets_nobody_in_without_a_login(start: Start) -> None:
    """InfluxDB is not on this machine: nothing but the curves waits for it."""
    stack = start(ONE, **PROBE)
    stack.once("secrets")
    stack.up("mosquitto")
    stack.wait_until("mosquitto")
    stack.up("coldshed")
    stack.wait_until("coldshed")
    stack.until(lambda: say(stack, 3.5) == 0, "the login of the probes", lambda: stack.log("mosquitto"))
    assert say(stack, 99, user="") != 0
    assert say(stack, 99, password="wrong-password") != 0
    token = log_in(stack)
    stack.until(lambda: latest(stack, token) == [3.5], "the reading", lambda: stack.log("coldshed"))
    for path in ("/api/v1/readings/latest", "/metrics"):
        assert stack.ask(path)[0] == 401, path
    for path in ("/", "/begin", "/phones/"):
        assert 'type="password"' in stack.ask(path)[1], path  # whatever was asked for, the login answers
    stack.once("secrets")  # again, as at every start
    stack.kill("coldshed")
    stack.wait_until("coldshed")
    assert say(stack, 4.5) == 0
    stack.until(lambda: latest(stack, token) == [4.5], "the next", lambda: stack.log("coldshed"))


@pytest.mark.timeout(300)
def test_split_services_take_a_message_through_postgresql_and_outlive_its_death(start: Start) -> None:
    stack = start(SPLIT, COLDSHED_HISTORY_URL="sqlite", **PROBE)
    stack.once("secrets")
    server = Postgres(password=stack.file("postgres-secrets", "password"), port=5432, inside=stack.within)
    try:
        server.start()
        server.create(stack.services["postgres"]["environment"]["POSTGRES_DB"])
        assert stack.healthy("postgres")
        stack.up("mosquitto")
        stack.once("migrate")
        stack.up("ingest", "record", "alerts", "web")
        for name in ("mosquitto", "ingest", "record", "alerts", "web"):
            stack.wait_until(name)
        stack.until(lambda: say(stack, 3.5) == 0, "the login of the probes", lambda: stack.log("ingest"))
        token = log_in(stack)
        stack.until(lambda: latest(stack, token) == [3.5], "the reading", lambda: stack.log("ingest"))
        server.stop()
        assert not stack.healthy("postgres")
        assert not stack.healthy("ingest")
        assert say(stack, 4.5) == 0  # the broker keeps it meanwhile
        server.start()
        for name in ("ingest", "record", "alerts", "web"):
            stack.wait_until(name)
        stack.until(lambda: latest(stack, token) == [4.5], "what came meanwhile", lambda: stack.log("ingest"))
    finally:
        server.remove()
