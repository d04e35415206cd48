"""What the description of the API promises."""

from typing import Any

import pytest
from fastapi import FastAPI

from api.openapi import TAGS
from api.routes.docs import example_of, page


@pytest.fixture(scope="module")
def schema(shared_app: FastAPI) -> dict[str, Any]:
    return shared_app.openapi()


def responses(schema: dict[str, Any], method: str, path: str) -> set[str]:
    return set(schema["paths"][path][method]["responses"])


@pytest.mark.parametrize(
    ("method", "path", "codes"),
    [
        ("get", "/healthz", {"200", "503"}),
        ("post", "/api/v1/token", {"200", "400", "401", "422", "429", "503"}),
        ("get", "/api/v1/me", {"200", "401", "403", "503"}),
        ("get", "/api/v1/rooms", {"200", "401", "403", "422", "503"}),
        ("get", "/api/v1/rooms/{room}", {"200", "401", "403", "404", "422", "503"}),
        ("post", "/api/v1/lots", {"201", "400", "401", "403", "404", "409", "422", "503"}),
        ("delete", "/api/v1/limits", {"200", "400", "401", "403", "404", "409", "422", "503"}),
    ],
)
def test_every_answer_that_can_come_is_described(
    schema: dict[str, Any], method: str, path: str, codes: set[str]
) -> None:
    assert responses(schema, method, path) == codes


def test_every_error_is_described_as_a_problem(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for code, response in operation["responses"].items():
                if code.startswith("2") or path == "/healthz":
                    continue
                assert set(response["content"]) == {"application/problem+json"}, (method, path, code)
                assert response["description"], (method, path, code)
    assert "HTTPValidationError" not in schema["components"]["schemas"]


@pytest.mark.parametrize(
    ("model", "name", "values"),
    [
        ("AlertOut", "severity", {"warning", "critical"}),
        ("AlertOut", "status", {"active", "acknowledged", "resolved", "closed"}),
        ("MovementOut", "kind", {"receive", "issue", "transfer", "correct"}),
        ("RoomOut", "kind", {"cold_room", "mushroom_shed"}),
        ("RoomOut", "state", {"ok", "attention", "danger", "no_data", "empty", "resting", "unregistered"}),
        ("RoomOut", "limits_from", {"contents", "hand"}),
        ("LimitOut", "origin", {"contents", "use", "hand"}),
        ("NotificationOut", "status", {"queued", "sent", "failed", "dropped"}),
        ("MeOut", "language", {"zh", "en"}),
        ("CheckOut", "worst", {"ok", "look", "bad"}),
        ("CalibrationOut", "method", {"ice", "compared", "laboratory"}),
    ],
)
def test_words_that_programs_read_are_enums(
    schema: dict[str, Any], model: str, name: str, values: set[str]
) -> None:
    schemas = schema["components"]["schemas"]
    field = schemas[model]["properties"][name]
    if "$ref" in field:
        field = schemas[field["$ref"].rsplit("/", 1)[1]]
    assert values <= set(field["enum"])


def test_summaries_are_short_and_plain(schema: dict[str, Any]) -> None:
    for methods in schema["paths"].values():
        for operation in methods.values():
            summary = operation["summary"]
            assert len(summary) <= 70, summary
            assert not summary.endswith("."), summary
            assert summary[0].isupper(), summary
            assert "own cooperative" not in operation.get("description", "").replace(
                "their own cooperative", ""
            )


def test_every_tag_has_a_description_and_a_route(schema: dict[str, Any]) -> None:
    tags = {
        tag for methods in schema["paths"].values() for route in methods.values() for tag in route["tags"]
    }
    assert tags == {tag["name"] for tag in TAGS}
    assert all(tag["description"] for tag in TAGS)


def test_an_example_is_put_together_from_what_a_schema_refers_to() -> None:
    described = {"components": {"schemas": {"Room": {"examples": [{"id": 3}]}}}}
    reference = {"$ref": "#/components/schemas/Room"}
    assert example_of(described, reference) == {"id": 3}
    assert example_of(described, {"type": "array", "items": reference}) == [{"id": 3}]
    assert example_of(described, {"anyOf": [reference, {"type": "null"}]}) == {"id": 3}
    assert example_of(described, {"properties": {"room": reference, "note": {}}}) == {
        "room": {"id": 3},
        "note": None,
    }
    assert example_of(described, {}) is None


def test_the_page_escapes_what_it_shows() -> None:
    operation = {
        "tags": ["rooms"],
        "summary": "<b>",
        "description": "a & b",
        "responses": {"200": {"content": {"text/plain": {"example": "<script>"}}}},
        "parameters": [{"name": "<i>", "in": "query", "description": "<u>"}],
    }
    schema = {
        "tags": [{"name": "rooms", "description": "<d>"}],
        "info": {"description": "<p>"},
        "paths": {"/<x>": {"get": operation}},
    }
    text = page(schema)
    for raw in ("<script>", "<i>", "<u>", "<d>", "/<x>"):
        assert raw not in text
    assert "&lt;script&gt;" in text
