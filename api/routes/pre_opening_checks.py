"""开库前体检: run it, and read what it found."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from api.context import context
from api.paging import Cursor, Limit, PageOut, before, next_of
from api.problems import Problem, language, missing
from api.security import require
from api.shapes import Ident, NamedOut
from api.times import Time
from api.writes import IdempotencyKey, once
from core.patrols.pre_opening_check import SAID, CheckResult, sentence
from core.people.people import Person
from i18n.language import as_lang, translator
from store.patrols import pre_opening_checks as store
from store.people.people import people
from store.rooms.places import room as one_room

router = APIRouter(prefix="/checks", tags=["rooms"])
Viewer = Annotated[Person, Depends(require("see_rooms"))]
Keeper = Annotated[Person, Depends(require("keep_rooms"))]


class CheckIn(BaseModel):
    """`room`: only that one, and what all rooms need; everything where it is not given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"room": 3}]})

    room: Ident | None = None


class CheckResultOut(BaseModel):
    """`word`: ok, look or bad. `code` never changes; `found` and `todo` are in the caller's language."""

    code: str
    topic: str
    word: str
    found: str
    todo: str
    facts: dict[str, Any]


class CheckOut(BaseModel):
    """`worst`: the worst word of its lines."""

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
    by: NamedOut | None
    room: int | None
    worst: str
    lines: list[CheckResultOut]


@router.post("", summary="Check everything before a room is opened", status_code=201, response_model=CheckOut)
def run(request: Request, who: Keeper, body: CheckIn | None = None, key: IdempotencyKey = None) -> Response:
    about = context(request)
    room = body.room if body else None
    with about.dbs.records.read() as tx:
        if room is not None and one_room(tx, room) is None:
            raise missing("room", room)
    lines = store.look_over(
        about.dbs,
        about.now(),
        room=room,
        ask=about.credit,
        missing=about.settings.heartbeat_missing_s * 1000,
    )

    def change(tx: Connection, now: int) -> CheckOut:
        made = store.check(tx, store.keep(tx, now, who.id, room, lines))
        assert made is not None
        return _out(request, made, {who.id: who.name})

    return once(request, who, key, body, change, 201)


@router.get("", summary="Checks that were made, newest first")
def list_checks(request: Request, who: Viewer, limit: Limit = 20, cursor: Cursor = None) -> PageOut[CheckOut]:
    with context(request).dbs.records.read() as tx:
        found = store.checks(tx, limit, before(cursor))
        names = {person.id: person.name for person in people(tx)}
    return PageOut(items=[_out(request, one, names) for one in found], next=next_of(found, limit))


class ContactCheckOut(BaseModel):
    """`texts`: to how many phones a text goes. Who answers it is heard of in the next check."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"texts": 1, "people": [{"id": 2, "name": "任师傅"}]}]}
    )

    texts: int
    people: list[NamedOut]


@router.post("/ring", summary="A trial text to everybody who will be on duty", response_model=ContactCheckOut)
def ring(request: Request, who: Keeper, key: IdempotencyKey = None) -> Response:
    """试响: to all of the next three weeks' roster, in their language; they answer `1`."""
    about = context(request)
    if about.ring is None:
        raise Problem(503, "channel-unavailable", "这里还不能发短信")
    send = about.ring

    def change(tx: Connection, now: int) -> ContactCheckOut:
        found = store.on_duty_soon(tx, now)
        texts = send(tx, now, found, f"{who.id}:{key or now}")
        return ContactCheckOut(texts=texts, people=[NamedOut(id=one.id, name=one.name) for one in found])

    return once(request, who, key, None, change)


@router.get("/{check}", summary="One check")
def one_check(request: Request, who: Viewer, check: Ident) -> CheckOut:
    with context(request).dbs.records.read() as tx:
        found = store.check(tx, check)
        names = {person.id: person.name for person in people(tx)}
    if found is None:
        raise missing("check", check)
    return _out(request, found, names)


def _out(request: Request, found: store.PreOpeningCheck, names: Mapping[int, str]) -> CheckOut:
    translate = translator(as_lang(language(request)))

    def line(one: CheckResult) -> CheckResultOut:
        said, facts = SAID[one.code], dict(one.facts)
        return CheckResultOut(
            code=one.code,
            topic=translate(said.topic),
            word=one.word,
            found=sentence(said.found, facts, translate),
            todo=translate(said.todo),
            facts=facts,
        )

    return CheckOut(
        id=found.id,
        at=found.at,
        by=NamedOut(id=found.by, name=names.get(found.by, "")) if found.by is not None else None,
        room=found.room,
        worst=found.worst,
        lines=[line(one) for one in found.lines],
    )
