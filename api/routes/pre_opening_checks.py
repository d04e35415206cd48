"""Pre-opening checks (开库前体检): run one, and read its results."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.context import context_of
from api.paging import Cursor, Limit, PageOut, cursor_after, id_of_cursor
from api.problems import Problem, language, missing
from api.security import require
from api.shapes import Ident, NamedOut, PersonRef
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.overview.check_results import CheckResult, CheckVerdict
from core.patrols.pre_opening_check_texts import CHECK_TEXTS, sentence
from core.people.people import Person
from i18n.language import translator
from store.patrols import pre_opening_checks as store
from store.people.people import people_names
from store.rooms.places import room as one_room

router = APIRouter(prefix="/checks", tags=["rooms"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Keeper = Annotated[Person, Depends(require("keep_rooms"))]


class CheckIn(BaseModel):
    """`room`: check only this room and what all rooms need; default: everything."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"room": 3}]})

    room: Ident | None = None


class CheckResultOut(BaseModel):
    """`word`: the verdict. `code` is stable; `found` and `todo` are in the caller's language."""

    code: str
    topic: str
    word: CheckVerdict
    finding: Annotated[str, Field(serialization_alias="found")]
    todo: str
    facts: dict[str, Any]


class CheckOut(BaseModel):
    """`worst`: the worst verdict of its lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4,
                    "at": "2026-09-20T02:00:00Z",
                    "by": {"id": 2, "name": "任师傅"},
                    "room": None,
                    "worst": "bad",
                    "lines": [
                        {
                            "code": "battery_low",
                            "topic": "电池",
                            "word": "bad",
                            "found": "3号库门边只剩15%的电",
                            "todo": "开库前换电池",
                            "facts": {"room": "3号库", "spot": "door", "percent": 15},
                        }
                    ],
                }
            ]
        }
    )

    id: int
    at: Time
    by: PersonRef | None
    room: int | None
    worst: CheckVerdict
    lines: list[CheckResultOut]


@router.post("", summary="Run a check before rooms are opened", status_code=201, response_model=CheckOut)
def create_check(
    request: Request, person: Keeper, body: CheckIn | None = None, key: IdempotencyKey = None
) -> Response:
    context = context_of(request)
    room = body.room if body else None
    with context.dbs.records.read() as tx:
        if room is not None and one_room(tx, room) is None:
            raise missing("room", room)
    lines = store.run_check(
        context.dbs,
        context.now(),
        room=room,
        ask=context.credit,
        missing=context.settings.heartbeat_missing_s * 1000,
    )

    def change(tx: Connection, now: int) -> CheckOut:
        check = store.stored_check(tx, store.store_check(tx, now, person.id, room, lines))
        assert check is not None
        return _check_out(request, check, {person.id: person.name})

    return write_once(request, person, key, body, change, 201)


@router.get("", summary="Checks, newest first")
def list_checks(
    request: Request, person: Viewer, limit: Limit = 20, cursor: Cursor = None
) -> PageOut[CheckOut]:
    with context_of(request).dbs.records.read() as tx:
        checks = store.stored_checks(tx, limit, id_of_cursor(cursor))
        names = people_names(tx)
    return PageOut(
        items=[_check_out(request, check, names) for check in checks], next=cursor_after(checks, limit)
    )


class ContactCheckOut(BaseModel):
    """`texts`: the number of phones a test message goes to. The next check shows who answered."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"texts": 1, "people": [{"id": 2, "name": "任师傅"}]}]}
    )

    texts: int
    people: list[NamedOut]


@router.post(
    "/ring", summary="Send a test message to everybody who will be on duty", response_model=ContactCheckOut
)
def create_contact_check(request: Request, person: Keeper, key: IdempotencyKey = None) -> Response:
    """试响: to everybody on the roster in the next three weeks, in their language; they answer `1`."""
    context = context_of(request)
    if context.ring is None:
        raise Problem(503, "channel-unavailable", "这里还不能发短信")
    send = context.ring

    def change(tx: Connection, now: int) -> ContactCheckOut:
        on_duty = store.on_duty_soon(tx, now)
        texts = send(tx, now, on_duty, f"{person.id}:{key or now}")
        return ContactCheckOut(
            texts=texts, people=[NamedOut.model_validate(colleague) for colleague in on_duty]
        )

    return write_once(request, person, key, None, change)


@router.get("/{check}", summary="One check")
def get_check(request: Request, person: Viewer, check: Ident) -> CheckOut:
    with context_of(request).dbs.records.read() as tx:
        row = store.stored_check(tx, check)
        names = people_names(tx)
    if row is None:
        raise missing("check", check)
    return _check_out(request, row, names)


def _check_out(request: Request, check: store.PreOpeningCheck, names: Mapping[int, str]) -> CheckOut:
    translate = translator(language(request))

    def line(result: CheckResult) -> CheckResultOut:
        texts, facts = CHECK_TEXTS[result.code], dict(result.facts)
        return CheckResultOut(
            code=result.code,
            topic=translate(texts.topic),
            word=result.verdict,
            finding=sentence(texts.finding, facts, translate),
            todo=translate(texts.todo),
            facts=facts,
        )

    facts = {**check._asdict(), "lines": [line(result) for result in check.lines]}
    return CheckOut.model_validate(facts, context={"people": names})
