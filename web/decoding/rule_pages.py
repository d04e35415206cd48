"""规则: paste a message, say of each number what it is, see the readings, keep it."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from api.problems import Problem
from core.decoding.rules import Rule, RuleBench, check
from core.errors import Refused
from store.decoding import rejected
from store.decoding.rules import StoredRule, change, make, recipe, recipes, remove
from store.overview.system_issues import problems
from store.rooms.places import sites
from web.base.forms import KEY, Filled, SubmittedForm, new_key, once, said
from web.base.localizer import N_
from web.base.request_context import HEADERS, PageRequest, render, signed_in
from web.decoding import rule_view as view
from web.decoding.rule_view import PastedMessage, pasted

router = APIRouter()
Maker = Annotated[PageRequest, Depends(signed_in("make_rules"))]
Ident = Annotated[int, Path(ge=1, lt=2**31)]
DONE = {
    "saved": N_("规则存好了，几秒钟就生效。以前读不懂的消息会补读。"),
    "switched": N_("改好了"),
    "deleted": N_("规则删掉了。它读过的数还在。"),
}
PROBLEM = "recipe:"


@router.get("/recipes")
def show(seen: Maker, done: str = "") -> Response:
    with seen.about.dbs.records.read() as tx:
        found = recipes(tx)
        wrong = [one for one in problems(tx) if one.name.startswith(PROBLEM)]
    return seen.show(
        "decoding/rule_list.html",
        found=found,
        wrong=[(one.name.removeprefix(PROBLEM), one.text) for one in wrong],
        done=seen.words(DONE[done]) if done in DONE else "",
        key=new_key(),
    )


@router.get("/recipes/new")
def begin(seen: Maker, message: Annotated[int, Query(ge=0, lt=2**31)] = 0) -> Response:
    """Empty, or from a message that could not be read."""
    with seen.about.dbs.journal.read() as tx:
        found = rejected.one(tx, message) if message else None
    if found is None:
        return seen.show("decoding/rule_paste.html", form=SubmittedForm({}))
    return _draft(seen, pasted(found.topic, found.payload), SubmittedForm({"topic": [found.topic]}))


@router.post("/recipes/look")
def look(seen: Maker, form: Filled) -> Response:
    """What stands in a pasted message."""
    if not form["topic"]:
        form.wrong("topic", seen.words("请填主题"))
    if not form["message"]:
        form.wrong("message", seen.words("请贴一条消息"))
    if form.errors:
        return seen.show("decoding/rule_paste.html", 422, form=form)
    return _draft(seen, _message(form), form)


def _draft(seen: PageRequest, message: PastedMessage, form: SubmittedForm) -> Response:
    try:
        drafted = _bench(seen).draft(message.topic, message.payload)
    except Refused as refused:
        form.wrong("message", said(seen, refused))
        return seen.show("decoding/rule_paste.html", 422, form=form)
    return _page(seen, drafted, message, SubmittedForm({}))


@router.get("/recipes/{ident}")
def edit(seen: Maker, ident: Ident) -> Response:
    kept = _kept(seen, ident)
    return _page(seen, _readable(kept), pasted("", b""), SubmittedForm({}), ident)


@router.post("/recipes/try")
def attempt(seen: Maker, form: Filled) -> Response:
    """The readings by the form as it stands: a piece for the page."""
    message = _message(form)
    try:
        facts = _results(seen, view.of_form(form, _base(seen, form, message)), message)
    except Refused as refused:
        facts = {"found": [], "lost": [], "why": said(seen, refused)}
    return HTMLResponse(render("decoding/rule_results.html", seen.words, **facts), 200, HEADERS)


@router.post("/recipes/save")
def save(seen: Maker, form: Filled) -> Response:
    message, ident = _message(form), form.whole("id")
    base = _base(seen, form, message)
    shown = base
    try:
        wanted = shown = view.of_form(form, base)
        check(wanted)
        _bench(seen).attempt(wanted, "a", b"", seen.now, _zone(seen))  # refuses an unknown family

        def written(tx: Connection, now: int) -> str:
            if ident:
                change(tx, now, ident, seen.who.id, new=wanted)
            else:
                make(tx, now, wanted, seen.who.id)
            return "/recipes?done=saved"

        return once(seen, form, written)
    except Refused as refused:
        form.wrong("form", said(seen, refused))
        return _page(seen, shown, message, form, ident or 0, 409)


@router.post("/recipes/{ident}/active")
def switch(seen: Maker, ident: Ident, form: Filled) -> Response:
    def written(tx: Connection, now: int) -> str:
        change(tx, now, ident, seen.who.id, active=form["active"] == "yes")
        return "/recipes?done=switched"

    return once(seen, form, written)


@router.post("/recipes/{ident}/delete")
def delete(seen: Maker, ident: Ident, form: Filled) -> Response:
    """Asked twice."""
    if form["sure"] != "yes":
        return seen.show("decoding/rule_delete.html", kept=_kept(seen, ident), key=new_key())

    def written(tx: Connection, now: int) -> str:
        remove(tx, now, ident)
        return "/recipes?done=deleted"

    return once(seen, form, written)


@router.get("/recipes/{ident}/file")
def download(seen: Maker, ident: Ident) -> Response:
    text = _bench(seen).as_file(_readable(_kept(seen, ident)))
    head = {"Content-Disposition": f'attachment; filename="recipe-{ident}.toml"'}
    return Response(text, 200, head, "application/toml; charset=utf-8")


def _page(
    seen: PageRequest,
    wanted: Rule,
    message: PastedMessage,
    form: SubmittedForm,
    ident: int = 0,
    status: int = 200,
) -> Response:
    bench = _bench(seen)
    return seen.show(
        "decoding/rule_edit.html",
        status,
        recipe=wanted,
        message=message,
        form=form,
        ident=ident,
        key=form[KEY] or new_key(),
        lines=view.lines(wanted, message, bench),
        times=view.times(wanted, message, bench),
        view=view,
        **_results(seen, wanted, message),
    )


def _results(seen: PageRequest, wanted: Rule, message: PastedMessage) -> dict[str, object]:
    return view.results(
        _bench(seen), seen.words, seen.settings.reasons, wanted, message, seen.now, _zone(seen)
    )


def _message(form: SubmittedForm) -> PastedMessage:
    return pasted(form["topic"], form["message"].encode(errors="replace"), form["hex"])


def _base(seen: PageRequest, form: SubmittedForm, message: PastedMessage) -> Rule:
    """What the form leaves as it is: the rule that is changed, or what the message suggested."""
    ident = form.whole("id")
    if ident:
        return _readable(_kept(seen, ident))
    return _bench(seen).draft(message.topic or "a", message.payload)


def _bench(seen: PageRequest) -> RuleBench:
    if seen.about.bench is None:
        raise Problem(503, "not-here", "这个程序里没有试规则的地方")
    return seen.about.bench


def _zone(seen: PageRequest) -> ZoneInfo:
    with seen.about.dbs.records.read() as tx:
        return ZoneInfo(next((site.timezone for site in sites(tx)), "Asia/Shanghai"))


def _kept(seen: PageRequest, ident: int) -> StoredRule:
    with seen.about.dbs.records.read() as tx:
        found = recipe(tx, ident)
    if found is None:
        raise Problem(404, "no-such-recipe", "没有这条规则")
    return found


def _readable(kept: StoredRule) -> Rule:
    if kept.recipe is None:
        raise Problem(409, "bad-recipe", "这条规则是旧的写法,请重新存一遍")
    return kept.recipe
