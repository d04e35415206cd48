"""Forgetting devices that were made up: choose, see how many and which, confirm."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from core.devices.forgetting import SILENT_DAYS, DeviceSelection
from core.errors import Refused
from core.times import DAY_MS
from store.devices import forgetting
from web.base.forms import Filled, SubmittedForm, refusal_text
from web.base.request_context import PageRequest, signed_in
from web.devices.forget_view import forget_preview, login_choices

router = APIRouter(prefix="/devices/forget")
Giver = Annotated[PageRequest, Depends(signed_in("give_logins"))]
"""Keepers place probes, but cannot tell what a gateway made up."""
Text = Annotated[str, Query(max_length=200)]
AT_ONCE_S = 2.0
"""How long one request works; the page goes on by itself."""
FIELDS = ("device", "like", "login", "days")


@router.get("")
def show_choice(
    page: Giver, device: Text = "", like: Text = "", login: Text = "", days: Text = ""
) -> Response:
    form = SubmittedForm({"device": [device], "like": [like], "login": [login], "days": [days]})
    return _page(page, form)


@router.post("")
def forget_devices(page: Giver, form: Filled) -> Response:
    """Works for two seconds. A repeated click goes on with what is left."""
    before = form.whole("done") or 0
    try:
        done, left = forgetting.forget(
            page.context.dbs, _selection(page, form), page.context.now, for_s=AT_ONCE_S
        )
    except Refused as refused:
        return _page(page, form, refusal_text(page, refused), 409)
    return page.show(
        "devices/forget_done.html",
        done=before + done,
        left=left,
        fields={name: form[name] for name in FIELDS},
        again="/devices/forget?" + urlencode({name: form[name] for name in FIELDS if form[name]}),
    )


def _selection(page: PageRequest, form: SubmittedForm) -> DeviceSelection:
    names = frozenset([form["device"]] if form["device"] else [])
    days = form.whole("days")
    since = page.now - days * DAY_MS if days else None
    return DeviceSelection(names, form["like"], form["login"], since)


def _page(page: PageRequest, form: SubmittedForm, sentence: str = "", status: int = 200) -> Response:
    selection, preview = _selection(page, form), None
    if selection != DeviceSelection() and not sentence:
        try:
            preview = forget_preview(page.context, page.words, page.now, selection)
        except Refused as refused:
            sentence, status = refusal_text(page, refused), 409
    return page.show(
        "devices/forget.html",
        status,
        form=form,
        sentence=sentence,
        preview=preview,
        fields={name: form[name] for name in FIELDS},
        logins=login_choices(page.context, page.words),
        days=[(str(days), page.words("%(n)s天没数", n=days)) for days in (1, SILENT_DAYS, 30)],
    )
