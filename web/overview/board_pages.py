"""The board (`/`) and its live fragment."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.metrics import ON_BOARD
from core.rooms.places import PositionClass
from store.live import READING, LiveEvent
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.overview.board_view import Board, board
from web.overview.system_issue_view import may_fix, system_issue_lines

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
TILE_NOUNS = frozenset(
    (
        "federation",
        "site",
        "room",
        "placement",
        "calibration",
        "person",
        "lot",
        "movement",
        "limits",
        "alert",
        "duty",
        "problem",
    )
)


@router.get("/")
def show_board(page: Viewer, part: str = "") -> Response:
    view = _board(page.context, page.words, page.now, may_fix(page))
    if part:
        return HTMLResponse(render("overview/board_piece.html", page.words, board=view), headers=HEADERS)
    return page.show("overview/board.html", board=view)


@router.get("/live/board")
async def stream_board(request: Request, page: Viewer) -> StreamingResponse:
    context, words, with_issues = page.context, page.words, may_fix(page)

    def make() -> LiveFragment:
        return LiveFragment(context.hub, lambda: board_piece(context, words, with_issues), changes_board)

    key = ("board", words.lang, words.weight_unit, with_issues)
    return live_response(request, key, make)


def board_piece(context: ApiContext, words: Localizer, with_issues: bool) -> str:
    return render(
        "overview/board_piece.html", words, board=_board(context, words, context.now(), with_issues)
    )


def changes_board(event: LiveEvent) -> bool:
    """Whether the event may change a tile."""
    if event.kind != READING:
        return event.kind in TILE_NOUNS
    shown = event.facts["metric"] in ON_BOARD and event.facts["room"] is not None
    return shown and event.facts["class"] in (PositionClass.AIR, PositionClass.CORE, PositionClass.OUTSIDE)


def _board(context: ApiContext, words: Localizer, now: int, with_issues: bool) -> Board:
    lines = system_issue_lines(context, words, now) if with_issues else ()
    view = board(context.dbs, context.history, words, now, [line.text for line in lines])
    if view is None:
        raise Problem(409, "not-begun", "还没有开始")
    return view
