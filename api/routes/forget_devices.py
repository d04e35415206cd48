"""Forgetting devices that were made up."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.context import ApiContext, context_of
from api.security import require
from api.writes import IdempotencyKey, write_in_pieces
from core.devices.forgetting import DeviceSelection, DeviceTie
from core.people.people import Person
from core.times import DAY_MS
from store.devices import forgetting

router = APIRouter(prefix="/devices", tags=["devices"])
Technician = Annotated[Person, Depends(require("give_logins"))]
Text = Annotated[str, Field(max_length=200)]
SHOWN = 100
AT_ONCE_S = 5.0


class ForgetIn(BaseModel):
    """Every condition given must hold; at least one is needed. `like` is a pattern with * and ?, `login` who
    made the devices, `silent_days` for how long they are silent. `dry_run` only lists them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"login": "gateway-1", "silent_days": 7}]}
    )

    devices: Annotated[list[Text], Field(max_length=1000)] = []
    like: Text = ""
    login: Text = ""
    silent_days: Annotated[int, Field(ge=0, le=10_000)] = 0
    dry_run: bool = True


class KeptOut(BaseModel):
    """`reason`: what binds the device to the house."""

    device: str
    reason: DeviceTie


class ForgottenOut(BaseModel):
    """`devices`: the first hundred to forget; `kept`: those that match and stay. `forgotten` are gone, `left`
    are not yet: send the same request again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "devices": ["made-up-1"],
                    "kept": [{"device": "coldroom-3", "reason": "placed"}],
                    "forgotten": 0,
                    "left": 1,
                }
            ]
        }
    )

    devices: list[str]
    kept: list[KeptOut]
    forgotten: int
    left: int


@router.post("/forget", summary="Forget devices that were made up", response_model=ForgottenOut)
def forget_devices(
    request: Request, person: Technician, body: ForgetIn, key: IdempotencyKey = None
) -> Response:
    """A device that was placed, calibrated, replaced or part of an alert stays; one that has a name from
    people or a login of its own stays unless it is in `devices`. The readings of forgotten devices can no
    longer be read; a device that speaks again is new. Works for five seconds at most; what is `left`
    needs another request with another key."""
    return write_in_pieces(request, person, key, body, lambda: _forget(context_of(request), body))


def _forget(context: ApiContext, body: ForgetIn) -> ForgottenOut:
    since = context.now() - body.silent_days * DAY_MS if body.silent_days else None
    selection = DeviceSelection(frozenset(body.devices), body.like, body.login, since)
    plan = forgetting.plan(context.dbs, selection)
    forgotten, left = 0, len(plan.forget)
    if not body.dry_run:
        forgotten, left = forgetting.forget(context.dbs, selection, context.now, for_s=AT_ONCE_S)
    return ForgottenOut(
        devices=[device.id for device in plan.forget[:SHOWN]],
        kept=[KeptOut(device=device.id, reason=tie) for device, tie in plan.kept[:SHOWN]],
        forgotten=forgotten,
        left=left,
    )
