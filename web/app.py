"""Adds the web pages to the API's application."""

from functools import cache
from importlib import import_module

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from api.problems import Problem
from i18n.language import as_lang, translator
from web.base.assets import STATIC, StaticAssets
from web.base.forms import refuse_foreign_form
from web.base.live import LiveFragments
from web.base.request_context import PageSettings, came_from, page_request

PAGES = (
    "overview.board_pages",
    "rooms.add_room_pages",
    "rooms.room_pages",
    "readings.manual_reading_pages",
    "rooms.seasonal_closure_pages",
    "patrols.patrol_pages",
    "patrols.pre_opening_check_pages",
    "alerts.alert_pages",
    "stock.stock_pages",
    "decoding.rejected_pages",
    "decoding.rule_pages",
    "devices.credential_pages",
    "devices.forget_pages",
    "devices.device_list_pages",
    "devices.device_pages",
    "devices.calibration_pages",
    "people.people_pages",
    "notifications.roster_pages",
    "overview.more_pages",
    "overview.system_issue_pages",
    "people.login_pages",
    "setup.setup_pages",
)
"""The page modules; each has a `router`. The first matching route wins, so `/rooms/new`
(rooms.add_room_pages) comes before `/rooms/{room}` (rooms.room_pages)."""


def install(app: FastAPI, settings: PageSettings | None = None) -> None:
    """Adds the pages, their static files and their error pages to `app`, which `api.app` created."""
    app.state.pages = settings or PageSettings()
    app.state.fragments = LiveFragments()
    app.state.page_problem = page_problem
    app.mount("/static", StaticAssets(directory=STATIC), name="static")
    app.include_router(pages())


@cache
def pages() -> APIRouter:
    """The routes of all `PAGES`, in that order. `refuse_foreign_form` checks the origin of every write. One
    router for all applications of a process: FastAPI analyses every route again in a new one (0.1 s)."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(refuse_foreign_form)])
    for name in PAGES:
        router.include_router(import_module(f"web.{name}").router)
    return router


def page_problem(request: Request, problem: Problem) -> Response:
    """Renders a problem as a page: redirects to the login or the first start, or shows a sentence and a
    link back."""
    live = request.url.path.startswith("/live/") or "part" in request.query_params
    if problem.reason == "login-needed" and not live:
        back = f"?next={came_from(request)}" if request.method == "GET" and request.url.path != "/" else ""
        return RedirectResponse(f"/login{back}", 303)
    if problem.reason == "not-begun" and not live:
        return RedirectResponse("/begin", 303)
    if live:
        return Response(status_code=problem.status)
    if problem.status >= 500:
        return _plain(request, problem)
    page = page_request(request)
    sentence = page.words(problem.text, **problem.facts)
    answer = page.show("base/problem.html", problem.status, sentence=sentence)
    answer.headers.update(problem.headers)
    return answer


def _plain(request: Request, problem: Problem) -> Response:
    """Renders without the database, because the database may be what failed."""
    say = translator(as_lang(request.cookies.get("lang"), request.app.state.pages.lang))
    body = (
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{problem.status}</title><p>{say(problem.text)}</p><p><a href='/'>{say('看库')}</a></p>"
    )
    return Response(body, problem.status, problem.headers, "text/html; charset=utf-8")
