"""规则: how to read what unknown devices send. A rule can be tried before it is saved."""

import base64
import binascii
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Connection

from api.context import ApiContext, context_of
from api.paging import Cursor, Limit, PageOut, page_of_rows
from api.problems import Problem, missing
from api.security import require
from api.shapes import Ident, unit_of
from api.times import Time
from api.writes import IdempotencyKey, write_once
from core.decoding.rules import Rule, RuleBench, RuleTrial, from_plain_data, to_plain_data
from core.errors import Refused
from core.people.people import Person
from store.decoding.rules import StoredRule, add_rule, change_rule, remove_rule, stored_rule, stored_rules
from store.rooms.timezones import federation_timezone

router = APIRouter(prefix="/rules", tags=["devices"])
Maker = Annotated[Person, Depends(require("make_rules"))]
_RULE: JsonDict = {
    "name": "North shed",
    "topics": ["farm/{device}/up"],
    "values": [{"path": "t1", "metric": "temperature", "scale": 0.1}],
}
Facts = Annotated[
    dict[str, Any],
    Field(description="As in a file of a rule, see docs/operators/rules.md.", examples=[_RULE]),
]


RULE_OR_RECIPE = Field(validation_alias=AliasChoices("rule", "recipe"))
"""The field was called `recipe` in early versions."""


class RuleIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"rule": _RULE}]})

    rule: Annotated[Facts, RULE_OR_RECIPE]


class RuleChange(BaseModel):
    """Replaces the rule, or switches it on or off; an omitted field stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"active": False}]})

    rule: Annotated[Facts | None, RULE_OR_RECIPE] = None
    active: bool | None = None


class RuleOut(BaseModel):
    """`rule` is null if this version cannot read the stored rule."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "name": "North shed",
                    "active": True,
                    "rule": _RULE,
                    "changed_at": "2026-01-14T03:19:46Z",
                }
            ]
        }
    )

    id: int
    name: str
    active: bool
    rule: dict[str, Any] | None
    changed_at: Time


class DeletedOut(BaseModel):
    id: int


class RuleTrialIn(BaseModel):
    """A message, as text or in base64. Without `rule` it is read by whatever reads its topic now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"rule": _RULE, "topic": "farm/box7/up", "payload": '{"t1": 34}'}],
        }
    )

    topic: Annotated[str, Field(min_length=1, max_length=500)]
    payload: Annotated[str, Field(max_length=65_536)] = ""
    payload_base64: Annotated[str, Field(max_length=90_000)] | None = None
    rule: Annotated[Facts | None, RULE_OR_RECIPE] = None


class TriedValueOut(BaseModel):
    """`at` is null if the message has no time of its own."""

    device: str
    position: str | None
    metric: str
    value: float
    unit: str
    at: Time | None


class TriedLossOut(BaseModel):
    device: str
    position: str | None
    metric: str
    reason: str


class RuleTrialOut(BaseModel):
    """`reader`: the family or rule that read it; `refused`: why it was not read."""

    reader: str | None
    devices: list[str]
    readings: list[TriedValueOut]
    invalid: list[TriedLossOut]
    refused: str | None
    detail: str | None
    kind: Literal["read", "nothing", "refused"]


@router.get("", summary="Rules that people made")
def list_rules(request: Request, who: Maker, limit: Limit = 100, cursor: Cursor = None) -> PageOut[RuleOut]:
    """Latest first. Built-in rules and those of the settings folder are not listed."""
    with context_of(request).dbs.records.read() as tx:
        rules = stored_rules(tx)
    piece, following = page_of_rows(rules, limit, cursor)
    return PageOut(items=[_rule_out(rule) for rule in piece], next=following)


@router.post("/try", summary="What a rule makes of a message")
def try_rule(request: Request, who: Maker, body: RuleTrialIn) -> RuleTrialOut:
    """Stores nothing."""
    services = context_of(request)
    payload = body.payload.encode(errors="replace")
    if body.payload_base64 is not None:
        try:
            payload = base64.b64decode(body.payload_base64, validate=True)
        except (binascii.Error, ValueError):
            raise Problem(422, "invalid-request", "填的内容不对") from None
    wanted = _parsed_rule(body.rule) if body.rule is not None else None
    try:
        return _trial_out(
            rule_bench(services).attempt(wanted, body.topic, payload, services.now(), _zone(services))
        )
    except Refused as refused:
        raise Problem(422, refused.reason, refused.text, refused.facts) from refused


@router.post("", summary="Make a rule", status_code=201, response_model=RuleOut)
def create_rule(request: Request, who: Maker, body: RuleIn, key: IdempotencyKey = None) -> Response:
    """It is in force within seconds; rejected messages that it can read are read again."""
    wanted = _parsed_rule(body.rule)
    _refuse_unknown_family(request, wanted)

    def change(tx: Connection, now: int) -> RuleOut:
        return _existing_rule(tx, add_rule(tx, now, wanted, who.id))

    return write_once(request, who, key, body, change, 201)


@router.get("/{rule_id}", summary="One rule")
def show_rule(request: Request, who: Maker, rule_id: Ident) -> RuleOut:
    with context_of(request).dbs.records.read() as tx:
        return _existing_rule(tx, rule_id)


@router.patch("/{rule_id}", summary="Change a rule, or switch it", response_model=RuleOut)
def update_rule(
    request: Request, who: Maker, rule_id: Ident, body: RuleChange, key: IdempotencyKey = None
) -> Response:
    wanted = _parsed_rule(body.rule) if body.rule is not None else None
    if wanted is not None:
        _refuse_unknown_family(request, wanted)

    def change(tx: Connection, now: int) -> RuleOut:
        change_rule(tx, now, rule_id, who.id, new=wanted, active=body.active)
        return _existing_rule(tx, rule_id)

    return write_once(request, who, key, body, change)


@router.delete("/{rule_id}", summary="Delete a rule", response_model=DeletedOut)
def delete_rule(request: Request, who: Maker, rule_id: Ident, key: IdempotencyKey = None) -> Response:
    """Readings that it decoded stay."""

    def change(tx: Connection, now: int) -> DeletedOut:
        remove_rule(tx, now, rule_id)
        return DeletedOut(id=rule_id)

    return write_once(request, who, key, None, change)


def rule_bench(services: ApiContext) -> RuleBench:
    if services.bench is None:
        raise Problem(503, "not-here", "这个程序里没有试规则的地方")
    return services.bench


def _zone(services: ApiContext) -> ZoneInfo:
    with services.dbs.records.read() as tx:
        return ZoneInfo(federation_timezone(tx))


def _parsed_rule(facts: dict[str, Any]) -> Rule:
    try:
        return from_plain_data(facts)
    except Refused as refused:
        raise Problem(422, refused.reason, refused.text, refused.facts) from refused


def _refuse_unknown_family(request: Request, wanted: Rule) -> None:
    """Also checks what only the decoders know: whether the family exists."""
    services = context_of(request)
    try:
        rule_bench(services).attempt(wanted, "a", b"", services.now(), ZoneInfo("UTC"))
    except Refused as refused:
        raise Problem(422, refused.reason, refused.text, refused.facts) from refused


def _existing_rule(tx: Connection, ident: int) -> RuleOut:
    stored = stored_rule(tx, ident)
    if stored is None:
        raise missing("rule", ident)
    return _rule_out(stored)


def _rule_out(kept: StoredRule) -> RuleOut:
    facts = to_plain_data(kept.rule) if kept.rule is not None else None
    return RuleOut(id=kept.id, name=kept.name, active=kept.active, rule=facts, changed_at=kept.changed_at)


def _trial_out(trial: RuleTrial) -> RuleTrialOut:
    return RuleTrialOut(
        reader=trial.reader or None,
        devices=trial.devices,
        readings=[
            TriedValueOut(
                device=value.device,
                position=value.position or None,
                metric=value.metric,
                value=value.value,
                unit=unit_of(value.metric),
                at=value.at,
            )
            for value in trial.got
        ],
        invalid=[
            TriedLossOut(
                device=lost.device, position=lost.position or None, metric=lost.metric, reason=lost.reason
            )
            for lost in trial.lost
        ],
        refused=trial.refused or None,
        detail=trial.detail or None,
        kind="read" if trial.got else "refused" if trial.refused else "nothing",
    )
