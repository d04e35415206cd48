"""Pages called as functions, over a scene: no server, no sign-in, no cookie."""

from fastapi import Request
from fastapi.responses import Response

from api.context import ApiContext
from i18n.language import Lang
from ingest.rules.workbench import Workbench
from store.live import Hub
from store.people.federation import federation
from store.people.people import person
from tests.web.builders import NOW
from tests.web.scene import Scene
from web.base.localizer import Localizer
from web.base.request_context import PageRequest, PageSettings


def context_of_scene(scene: Scene, now: int = NOW) -> ApiContext:
    return ApiContext(scene.dbs, scene.history, Hub(scene.dbs, lambda: now), lambda: now, bench=Workbench())


def visit(
    scene: Scene, name: str = "keeper", lang: Lang = "zh", path: str = "/", now: int = NOW
) -> PageRequest:
    """The request of one of the scene's people for a page."""
    with scene.dbs.records.read() as tx:
        who = person(tx, scene.people[name])
        current = federation(tx)
    assert current is not None
    context = context_of_scene(scene, now)
    request = Request(
        {
            "type": "http",
            "scheme": "http",
            "server": ("192.168.1.20", 8000),
            "method": "POST",
            "path": path,
            "root_path": "",
            "query_string": b"",
            "headers": [],
        }
    )
    words = Localizer(lang, current.weight_unit)
    return PageRequest(request, context, PageSettings(), who, current, words, now)


def html_of(response: Response) -> str:
    return bytes(response.body).decode()
