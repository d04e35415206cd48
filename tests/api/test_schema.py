"""The API against its own description: whatever is sent, it answers as it says it does."""

import json
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = "/api/v1/live"


@pytest.fixture
def described(app: FastAPI, house: House) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers=house.head("admin"))


schema = schemathesis.pytest.from_fixture("described").exclude(path=ENDLESS)


@schema.parametrize()
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_is_answered_as_described(case: Any, house: House) -> None:
    case.call_and_validate(checks=CHECKS, headers=house.head("admin"))


def _example_of(found: dict[str, Any], schema: dict[str, Any]) -> object:
    from api.routes.docs import example_of

    return example_of(found, schema)


def test_every_route_is_described_with_a_summary_a_tag_and_an_example(app: FastAPI) -> None:
    found = app.openapi()
    tags = {tag["name"] for tag in found["tags"]}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            where = (method, path)
            assert operation["summary"], where
            assert set(operation["tags"]) <= tags, where
            good = next(code for code in operation["responses"] if code.startswith("2"))
            kinds = operation["responses"][good].get("content", {})
            assert kinds or good == "204", where
            for kind, told in kinds.items():
                if kind == "application/json":
                    assert _example_of(found, told["schema"]) is not None, where
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                assert _example_of(found, body["schema"]) is not None, where


def test_every_write_takes_an_idempotency_key(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "head") or path == "/api/v1/token":
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
