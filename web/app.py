"""The pages, put into the application that the API made."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.problems import Problem
from i18n.language import as_lang, translator
from web.alerts import alert_pages
from web.base.forms import guard
from web.base.live import LiveFragments
from web.base.request_context import STATIC, PageSettings, came_from, page_request
from web.decoding import rejected_pages, rule_pages
from web.devices import calibration_pages, credential_pages, device_list_pages, device_pages
from web.notifications import roster_pages
from web.overview import board_pages, more_pages
from web.patrols import patrol_pages, pre_opening_check_pages
from web.people import login_pages, people_pages
from web.readings import manual_reading_pages
from web.rooms import add_room_pages, room_pages, seasonal_closure_pages
from web.setup import setup_pages
from web.stock import stock_pages


def install(app: FastAPI, settings: PageSettings | None = None) -> None:
    """Adds every page, its files and its way to show what went wrong. `app` comes from `api.app`."""
    app.state.pages = settings or PageSettings()
    app.state.fragments = LiveFragments()
    app.state.page_problem = page_problem
    app.mount("/static", StaticAssets(directory=STATIC), name="static")
    app.include_router(pages())


def pages() -> APIRouter:
    router = APIRouter(include_in_schema=False, dependencies=[Depends(guard)])
    parts = (
        board_pages,
        add_room_pages,
        room_pages,
        manual_reading_pages,
        seasonal_closure_pages,
        patrol_pages,
        pre_opening_check_pages,
        alert_pages,
        stock_pages,
        rejected_pages,
        rule_pages,
        credential_pages,
        device_list_pages,
        device_pages,
        calibration_pages,
        people_pages,
        roster_pages,
        more_pages,
        login_pages,
        setup_pages,
    )
    for part in parts:  # places before rooms: /rooms/new is no room's number
        router.include_router(part.router)
    return router


class StaticAssets(StaticFiles):
    """Our own files: an address with the content's checksum may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope.get("query_string"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page_problem(request: Request, problem: Problem) -> Response:
    """What went wrong, as a page: to the login, to the first start, or a sentence and a way back."""
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
    seen = page_request(request)
    sentence = seen.words(problem.text, **problem.facts)
    answer = seen.show("base/problem.html", problem.status, sentence=sentence)
    answer.headers.update(problem.headers)
    return answer


def _plain(request: Request, problem: Problem) -> Response:
    """Without the database: it may be the very thing that is away."""
    say = translator(as_lang(request.cookies.get("lang"), request.app.state.pages.lang))
    body = (
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{problem.status}</title><p>{say(problem.text)}</p><p><a href='/'>{say('看库')}</a></p>"
    )
    return Response(body, problem.status, problem.headers, "text/html; charset=utf-8")
