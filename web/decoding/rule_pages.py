"""规则 (rules): paste a message, assign each number a metric, preview the readings, save the rule."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api.problems import Problem
from core.decoding.rules import Rule, RuleBench, check
from core.errors import Refused
from store.decoding import rejected
from store.decoding.rules import StoredRule, add_rule, change_rule, remove_rule, stored_rule, stored_rules
from store.overview.system_issues import open_issues
from store.rooms.timezones import federation_timezone
from web.base.forms import KEY, Filled, SubmittedForm, new_key, refusal_text, submit_once
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
PROBLEM = "rule:"


@router.api_route("/recipes{rest:path}", methods=["GET", "POST"], include_in_schema=False)
def redirect_recipes(rest: str, request: Request) -> Response:
    """Redirects the old address `/recipes`, kept for bookmarks. Status 308 keeps a form's content."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/rules{rest}{query}", 308)


@router.get("/rules")
def list_rules(page: Maker, done: str = "") -> Response:
    with page.context.dbs.records.read() as tx:
        rules = stored_rules(tx)
        wrong = [issue for issue in open_issues(tx) if issue.name.startswith(PROBLEM)]
    return page.show(
        "decoding/rule_list.html",
        rules=rules,
        wrong=[(issue.name.removeprefix(PROBLEM), issue.text) for issue in wrong],
        done=page.words(DONE[done]) if done in DONE else "",
        key=new_key(),
    )


@router.get("/rules/new")
def show_rule_form(page: Maker, message: Annotated[int, Query(ge=0, lt=2**31)] = 0) -> Response:
    """Shows an empty form, or one filled from the rejected message `message`."""
    with page.context.dbs.journal.read() as tx:
        message_row = rejected.find_rejected(tx, message) if message else None
    if message_row is None:
        return page.show("decoding/rule_paste.html", form=SubmittedForm({}))
    return _draft(
        page, pasted(message_row.topic, message_row.payload), SubmittedForm({"topic": [message_row.topic]})
    )


@router.post("/rules/look")
def create_draft(page: Maker, form: Filled) -> Response:
    """Drafts a rule from a pasted message."""
    if not form["topic"]:
        form.wrong("topic", page.words("请填主题"))
    if not form["message"]:
        form.wrong("message", page.words("请贴一条消息"))
    if form.errors:
        return page.show("decoding/rule_paste.html", 422, form=form)
    return _draft(page, _message(form), form)


def _draft(page: PageRequest, message: PastedMessage, form: SubmittedForm) -> Response:
    try:
        drafted = _bench(page).draft(message.topic, message.payload)
    except Refused as refused:
        form.wrong("message", refusal_text(page, refused))
        return page.show("decoding/rule_paste.html", 422, form=form)
    return _page(page, drafted, message, SubmittedForm({}))


@router.get("/rules/{ident}")
def show_rule(page: Maker, ident: Ident) -> Response:
    kept = _existing_rule(page, ident)
    return _page(page, _readable_rule(kept), pasted("", b""), SubmittedForm({}), ident)


@router.post("/rules/try")
def try_rule(page: Maker, form: Filled) -> Response:
    """Returns an HTML fragment with the readings that the rule in the form decodes."""
    message = _message(form)
    try:
        facts = _results(page, view.of_form(form, _rule_to_change(page, form, message)), message)
    except Refused as refused:
        facts = {"found": [], "lost": [], "why": refusal_text(page, refused)}
    return HTMLResponse(render("decoding/rule_results.html", page.words, **facts), 200, HEADERS)


@router.post("/rules/save")
def save_rule(page: Maker, form: Filled) -> Response:
    message, ident = _message(form), form.whole("id")
    base = _rule_to_change(page, form, message)
    shown = base
    try:
        wanted = shown = view.of_form(form, base)
        check(wanted)
        _bench(page).attempt(wanted, "a", b"", page.now, _zone(page))  # raises Refused for an unknown family

        def change(tx: Connection, now: int) -> str:
            if ident:
                change_rule(tx, now, ident, page.who.id, new=wanted)
            else:
                add_rule(tx, now, wanted, page.who.id)
            return "/rules?done=saved"

        return submit_once(page, form, change)
    except Refused as refused:
        form.wrong("form", refusal_text(page, refused))
        return _page(page, shown, message, form, ident or 0, 409)


@router.post("/rules/{ident}/active")
def update_active(page: Maker, ident: Ident, form: Filled) -> Response:
    def change(tx: Connection, now: int) -> str:
        change_rule(tx, now, ident, page.who.id, active=form["active"] == "yes")
        return "/rules?done=switched"

    return submit_once(page, form, change)


@router.post("/rules/{ident}/delete")
def delete_rule(page: Maker, ident: Ident, form: Filled) -> Response:
    """The page asks for confirmation first."""
    if form["sure"] != "yes":
        return page.show("decoding/rule_delete.html", kept=_existing_rule(page, ident), key=new_key())

    def change(tx: Connection, now: int) -> str:
        remove_rule(tx, now, ident)
        return "/rules?done=deleted"

    return submit_once(page, form, change)


@router.get("/rules/{ident}/file")
def download_rule(page: Maker, ident: Ident) -> Response:
    text = _bench(page).as_file(_readable_rule(_existing_rule(page, ident)))
    head = {"Content-Disposition": f'attachment; filename="rule-{ident}.toml"'}
    return Response(text, 200, head, "application/toml; charset=utf-8")


def _page(
    page: PageRequest,
    wanted: Rule,
    message: PastedMessage,
    form: SubmittedForm,
    ident: int = 0,
    status: int = 200,
) -> Response:
    bench = _bench(page)
    return page.show(
        "decoding/rule_edit.html",
        status,
        rule=wanted,
        message=message,
        form=form,
        ident=ident,
        key=form[KEY] or new_key(),
        lines=view.lines(wanted, message, bench),
        times=view.times(wanted, message, bench),
        view=view,
        **_results(page, wanted, message),
    )


def _results(page: PageRequest, wanted: Rule, message: PastedMessage) -> dict[str, object]:
    return view.results(
        _bench(page), page.words, page.settings.reasons, wanted, message, page.now, _zone(page)
    )


def _message(form: SubmittedForm) -> PastedMessage:
    return pasted(form["topic"], form["message"].encode(errors="replace"), form["hex"])


def _rule_to_change(page: PageRequest, form: SubmittedForm, message: PastedMessage) -> Rule:
    """The rule that supplies what the form does not ask: the stored rule, or a draft from the message."""
    ident = form.whole("id")
    if ident:
        return _readable_rule(_existing_rule(page, ident))
    return _bench(page).draft(message.topic or "a", message.payload)


def _bench(page: PageRequest) -> RuleBench:
    if page.context.bench is None:
        raise Problem(503, "not-here", "这个程序里没有试规则的地方")
    return page.context.bench


def _zone(page: PageRequest) -> ZoneInfo:
    with page.context.dbs.records.read() as tx:
        return ZoneInfo(federation_timezone(tx))


def _existing_rule(page: PageRequest, ident: int) -> StoredRule:
    with page.context.dbs.records.read() as tx:
        stored = stored_rule(tx, ident)
    if stored is None:
        raise Problem(404, "no-such-rule", "没有这条规则")
    return stored


def _readable_rule(kept: StoredRule) -> Rule:
    if kept.rule is None:
        raise Problem(409, "bad-rule", "这条规则是旧的写法,请重新存一遍")
    return kept.rule
