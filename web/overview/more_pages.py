"""More: language, exports, devices, logout."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from i18n.language import as_lang
from web.base.forms import Filled, redirect_to
from web.base.request_context import LANG_COOKIE, Anybody, PageRequest, safe_next, signed_in

router = APIRouter()
Seen = Annotated[PageRequest, Depends(signed_in())]
YEAR_S = 365 * 24 * 3600


@router.get("/more")
def show_more(page: Seen) -> Response:
    return page.show("overview/more.html")


@router.post("/lang")
def update_language(page: Anybody, form: Filled) -> Response:
    """Sets this browser's language; the language of a person's SMS is in their account."""
    chosen = redirect_to(safe_next(form["next"] or "/more"))
    chosen.set_cookie(
        LANG_COOKIE, as_lang(form["lang"]), max_age=YEAR_S, samesite="lax", httponly=True, path="/"
    )
    return chosen
