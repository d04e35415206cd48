"""More: language, exports, devices, logout."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from i18n.language import as_lang
from store.backup.last_backup import last_backup
from web.base.forms import Filled, redirect_to
from web.base.request_context import LANG_COOKIE, Anybody, PageRequest, safe_next, signed_in
from web.overview.system_issue_view import may_fix

router = APIRouter()
Seen = Annotated[PageRequest, Depends(signed_in())]
YEAR_S = 365 * 24 * 3600


@router.get("/more")
def show_more(page: Seen) -> Response:
    last = last_backup(page.context.dbs.data_dir) if may_fix(page) else None
    age = page.words.age(page.now - last.at) if last else None
    return page.show("overview/more.html", backup_age=age, shows_backup=may_fix(page))


@router.post("/lang")
def update_language(page: Anybody, form: Filled) -> Response:
    """Sets this browser's language; the language of a person's SMS is in their account."""
    chosen = redirect_to(safe_next(form["next"] or "/more"))
    chosen.set_cookie(
        LANG_COOKIE, as_lang(form["lang"]), max_age=YEAR_S, samesite="lax", httponly=True, path="/"
    )
    return chosen
