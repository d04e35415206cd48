"""The OpenAPI description: what FastAPI generates, and the problems any route may answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE

TAGS = [
    {"name": "people", "description": "Login, the current person, the roster. 人、值班"},
    {"name": "rooms", "description": "Rooms as they are now, their history, patrols and checks. 库房"},
    {"name": "readings", "description": "Latest readings, manual readings, rejected messages. 读数"},
    {"name": "devices", "description": "Devices, placements, calibrations, decoding rules. 设备"},
    {"name": "stock", "description": "Produce, lots, movements, stock. 出入库"},
    {"name": "limits", "description": "The limits of rooms. 该在多少"},
    {"name": "alerts", "description": "Alerts and notifications. 报警"},
    {"name": "live", "description": "Live events. 实时"},
    {"name": "export", "description": "Reports as files. 导出"},
    {"name": "health", "description": "For monitoring."},
]

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` is stable; `detail` is a sentence in the caller's language.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
    "additionalProperties": True,
    "examples": [
        {
            "type": "/problems/no-such-room",
            "title": "Not Found",
            "status": 404,
            "detail": "没有这个东西",
            "instance": "/api/v1/rooms/99",
        }
    ],
}

_DESCRIPTIONS = {
    "400": "The request cannot be parsed.",
    "401": "Not signed in, or wrong user name or password.",
    "403": "This account does not have the permission.",
    "404": "Not found.",
    "409": "A rule forbids it, or the Idempotency-Key was used for another request.",
    "422": "A field of the request is invalid; see `errors`.",
    "429": "Too many attempts; see `Retry-After`.",
    "503": "The store is temporarily unavailable.",
}


def install(app: FastAPI) -> None:
    """Replaces the app's own description, which is generated once on first use."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=TAGS,
    )
    schema["components"]["schemas"]["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for code in _codes(path, method, operation):
                if code != "422" and code in operation["responses"]:
                    continue  # the route describes it itself
                content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"][code] = {"description": _DESCRIPTIONS[code], "content": content}
    return schema


def _codes(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    codes = ["503"]
    if path.endswith("/token"):
        return [*codes, "400", "401", "422", "429"]
    if "security" not in operation:
        return codes
    codes += ["401", "403"]
    if operation.get("parameters") or operation.get("requestBody"):
        codes.append("422")
    names = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["required"]}
    if "{" in path or "requestBody" in operation or names:
        codes.append("404")
    if method not in ("get", "head"):
        codes += ["400", "409"]
    return codes
