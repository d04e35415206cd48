"""The description of the API, to read (`/docs`) and for programs (`/openapi.json`)."""

import html
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse

from api.security import current_person
from core.people.people import Person

router = APIRouter(include_in_schema=False)
Anybody = Annotated[Person, Depends(current_person)]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "pre{background:#f3f3f3;padding:.75rem;overflow:auto;font-size:14px}"
    "summary{cursor:pointer;padding:.4rem 0}code{font-size:15px}b{display:inline-block;min-width:4rem}"
    "td,th{text-align:left;vertical-align:top;padding:.15rem .75rem .15rem 0}"
)


@router.get("/openapi.json")
def described(request: Request, person: Anybody) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def docs(request: Request, person: Anybody) -> HTMLResponse:
    """Plain HTML without scripts, so it also works without an internet connection."""
    return HTMLResponse(page(request.app.openapi()))


def page(schema: dict[str, Any]) -> str:
    by_tag: dict[str, list[str]] = {tag["name"]: [] for tag in schema["tags"]}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            text = _operation(schema, method.upper(), path, operation)
            by_tag.setdefault(operation["tags"][0], []).append(text)
    descriptions = {tag["name"]: tag["description"] for tag in schema["tags"]}
    parts = [
        f"<h2>{html.escape(name)}</h2><p>{html.escape(descriptions.get(name, ''))}</p>{''.join(operations)}"
        for name, operations in by_tag.items()
        if operations
    ]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Coldshed API</title><style>{_STYLE}</style><h1>Coldshed API</h1>"
        f"<p>{html.escape(schema['info']['description'])}</p>"
        f"<p><a href='/openapi.json'>openapi.json</a></p>{''.join(parts)}"
    )


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{html.escape(p['name'])}</code><td>{html.escape(p['in'])}"
        f"<td>{html.escape(p.get('description', ''))}"
        for p in operation.get("parameters", [])
    )
    request_content = operation.get("requestBody", {}).get("content", {})
    answers = operation["responses"]
    good = (answers.get("200") or answers.get("201") or {}).get("content", {})
    return (
        f"<details><summary><b>{method}</b> <code>{html.escape(path)}</code> "
        f"{html.escape(operation.get('summary', ''))}</summary>"
        f"<p>{html.escape(operation.get('description', ''))}</p>"
        f"<table>{rows}</table>{_example(schema, 'Body', request_content)}{_example(schema, 'Answer', good)}"
        f"<p>{html.escape(', '.join(sorted(answers)))}</p></details>"
    )


def _example(schema: dict[str, Any], title: str, content: dict[str, Any]) -> str:
    for kind, media in content.items():
        example = media.get("example", example_of(schema, media.get("schema", {})))
        if example is not None:
            text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=1)
            return f"<p>{title} ({html.escape(kind)})<pre>{html.escape(text)}</pre>"
    return ""


def example_of(described: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The example of a schema, found through its references; lists and objects are composed."""
    if "$ref" in schema:
        return example_of(described, described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return example_of(described, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [example_of(described, schema["items"])]
    if "properties" in schema:
        return {name: example_of(described, part) for name, part in schema["properties"].items()}
    return None
