"""The written shape of the API: what FastAPI finds, and the problems every route may answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE

TAGS = [
    {"name": "people", "description": "Login, who one is, who is on duty. 人、值班"},
    {"name": "rooms", "description": "Rooms as they are now, and their curves. 库房"},
    {"name": "readings", "description": "Newest readings; messages that could not be read. 读数"},
    {"name": "devices", "description": "Hardware, and where its probes stand. 设备"},
    {"name": "stock", "description": "Produce, lots, movements, what lies where. 出入库"},
    {"name": "limits", "description": "What a room must keep, and why. 该在多少"},
    {"name": "alerts", "description": "What people are told about. 报警"},
    {"name": "live", "description": "What happens, as it happens. 实时"},
    {"name": "export", "description": "Papers as files. 导出"},
    {"name": "health", "description": "For machines that watch us."},
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

_TOLD = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in, or name or password is wrong.",
    "403": "This account may not do that.",
    "404": "There is no such thing.",
    "409": "Against the rules of the house, or the key was used for another request.",
    "422": "Something in the request is not as it must be.",
    "429": "Too many attempts; see `Retry-After`.",
    "503": "The store does not answer just now.",
}


def install(app: FastAPI) -> None:
    """Replaces the app's own description, made once on first use."""

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
                    continue  # the route says itself what it answers
                content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"][code] = {"description": _TOLD[code], "content": content}
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
