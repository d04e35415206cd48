"""The board: `/`, and its live piece."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.context import ApiContext
from api.problems import Problem
from core.rooms.places import PositionClass
from store.live import READING, LiveEvent
from store.overview.room_status import SHOWN
from web.base.live import LiveFragment
from web.base.live_response import live_response
from web.base.localizer import Localizer
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.overview.board_view import Board, board
from web.overview.system_issue_view import may_mend, own_problems

router = APIRouter()
Viewer = Annotated[PageRequest, Depends(signed_in("see_rooms"))]
NOUNS = frozenset(
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
def show(page: Viewer, part: str = "") -> Response:
    found = _board(page.about, page.words, page.now, may_mend(page))
    if part:
        return HTMLResponse(render("overview/board_piece.html", page.words, board=found), headers=HEADERS)
    return page.show("overview/board.html", board=found)


@router.get("/live/board")
async def live(request: Request, page: Viewer) -> StreamingResponse:
    about, words, mends = page.about, page.words, may_mend(page)

    def make() -> LiveFragment:
        return LiveFragment(about.hub, lambda: piece(about, words, mends), concerns)

    key = ("board", words.lang, words.weight_unit, mends)
    return live_response(request, key, make)


def piece(about: ApiContext, words: Localizer, mends: bool) -> str:
    return render("overview/board_piece.html", words, board=_board(about, words, about.now(), mends))


def concerns(event: LiveEvent) -> bool:
    """Whether a tile may look different now."""
    if event.kind != READING:
        return event.kind in NOUNS
    shown = event.facts["metric"] in SHOWN and event.facts["room"] is not None
    return shown and event.facts["class"] in (PositionClass.AIR, PositionClass.CORE, PositionClass.OUTSIDE)


def _board(about: ApiContext, words: Localizer, now: int, mends: bool) -> Board:
    problems = own_problems(about, words, now) if mends else ()
    found = board(about.dbs, about.history, words, now, problems)
    if found is None:
        raise Problem(409, "not-begun", "还没有开始")
    return found
