"""The files that pages load: scripts and icons of `web/static`, and one stylesheet built from many files.

A subject keeps its styles beside its templates: `web/<subject>/styles/<component>.<layer>.css`. The
stylesheet contains the layers one after the other, so a later layer wins over an earlier one of the same
specificity. CSS's own `@layer` would do the same, but browsers before 2022 skip a layered block, and
keepers have such phones.
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parents[1]
STATIC = WEB / "static"
STYLESHEET = "coldshed.css"
LAYERS = ("base", "components", "pages", "wide", "wall", "motion", "print")


def style_files() -> list[Path]:
    """All style files in stylesheet order: by layer, then `web/base` first, then by name."""
    return sorted(WEB.glob("*/styles/*.css"), key=_rank)


def _rank(file: Path) -> tuple[int, bool, str, str]:
    subject, layer = file.parent.parent.name, file.suffixes[0].lstrip(".")
    if layer not in LAYERS:
        raise ValueError(f"{file.name}: the layer must be one of {', '.join(LAYERS)}")
    return LAYERS.index(layer), subject != "base", subject, file.name


@cache
def stylesheet() -> bytes:
    return b"\n".join(file.read_bytes() for file in style_files())


@cache
def static(name: str) -> str:
    """The URL of a static file. It contains a checksum of the content, so browsers may cache it forever."""
    content = stylesheet() if name == STYLESHEET else (STATIC / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


class StaticAssets(StaticFiles):
    """Serves `web/static` and the stylesheet. A URL with a checksum may be cached forever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == STYLESHEET:
            response = Response(stylesheet(), media_type="text/css")
        else:
            response = await super().get_response(path, scope)
        if response.status_code == 200 and scope.get("query_string"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
