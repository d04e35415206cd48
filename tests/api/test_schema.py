"""The API against its own description: whatever is sent, it answers as it says it does."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from core.alerts.alerts import AlertKey
from core.stock.new_entries import NewLot
from store.alerts.lifecycle import activate
from store.stock.ledger import receive
from tests.api.house import NOW, House, app_of, build
from tests.support.conditions import breach
from tests.support.databases import new_databases

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = "/api/v1/live"
ONE_DEVICE = "/api/v1/devices/{device}"
EXAMPLES = 10


@pytest.fixture(scope="module")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all, with a lot and an alert: number 1 of everything is there."""
    dbs = new_databases(tmp_path_factory.mktemp("house"))
    house = build(dbs)
    room = house.rooms["3号库"]
    state = breach(NOW, NOW, bound=7.0, value=8.4, spot="middle")
    with dbs.records.write() as tx:
        owner = house.cooperatives["alice"]
        receive(tx, NOW, NewLot(produce="potato_table", cooperative=owner, room=room, grams=10**10, by=None))
        activate(tx, NOW, AlertKey(room, "high", "temperature", "air"), state, "safe_delay_passed", {})
    yield house
    dbs.close()


@pytest.fixture(scope="module")
def full_app(full_house: House) -> FastAPI:
    return app_of(full_house)


THERE: dict[str, object] = {"room": 1, "lot": 1, "alert": 1, "movement": 1, "device": "coldroom-3"}


def _cases() -> list[tuple[str, GenerationMode]]:
    """Every operation rightly asked, and wrongly where it takes anything; needs no databases."""
    nothing = cast(Any, None)
    cases = []
    for path, methods in create_app(nothing, nothing).openapi()["paths"].items():
        for method, operation in methods.items():
            if path == ENDLESS:
                continue
            cases.append((f"{method.upper()} {path}", GenerationMode.POSITIVE))
            # of a path that takes any text nothing can be wrong
            if path != ONE_DEVICE and (operation.get("parameters") or operation.get("requestBody")):
                cases.append((f"{method.upper()} {path}", GenerationMode.NEGATIVE))
    return cases


@pytest.mark.parametrize(("operation", "mode"), _cases())
def test_whatever_is_asked_is_answered_as_described(
    full_app: FastAPI, full_house: House, operation: str, mode: GenerationMode
) -> None:
    head = full_house.head("admin")
    method, path = operation.split(" ", 1)
    described = schemathesis.openapi.from_asgi("/openapi.json", full_app, headers=head)[path][method]

    path_values = {name: value for name, value in THERE.items() if f"{{{name}}}" in path} or None
    if mode == GenerationMode.NEGATIVE:
        path_values = None

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode, path_parameters=path_values))
    def run(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, headers=head)

    run()


def _example_of(described: dict[str, Any], schema: dict[str, Any]) -> object:
    from api.routes.docs import example_of

    return example_of(described, schema)


def test_every_route_is_described_with_a_summary_a_tag_and_an_example(app: FastAPI) -> None:
    described = app.openapi()
    tags = {tag["name"] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            where = (method, path)
            assert operation["summary"], where
            assert set(operation["tags"]) <= tags, where
            good = next(code for code in operation["responses"] if code.startswith("2"))
            kinds = operation["responses"][good].get("content", {})
            assert kinds or good == "204", where
            for kind, media in kinds.items():
                if kind == "application/json":
                    assert _example_of(described, media["schema"]) is not None, where
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                assert _example_of(described, body["schema"]) is not None, where


def test_every_write_takes_an_idempotency_key(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "head") or path in ("/api/v1/token", "/api/v1/rules/try"):
                continue
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert "Idempotency-Key" in names, (method, path)


def test_the_description_is_read_without_a_script_from_anywhere(signed_in: Any, app: FastAPI) -> None:
    page = signed_in("viewer").get("/docs").text
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "/api/v1/rooms/{room}/history" in page
    assert json.loads(signed_in("viewer").get("/openapi.json").text) == app.openapi()
