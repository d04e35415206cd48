"""Health for machines: `/healthz` without a login, `/metrics` with one."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from api.context import ApiContext, context_of
from api.metrics import CONTENT_TYPE, text
from api.security import address_of, bearer, require, token_of
from core.overview.machine_health import ReceivingFault
from store.overview import health as listener_health

router = APIRouter(tags=["health"])
LOOPBACK = ("127.0.0.1", "::1")


class HealthOut(BaseModel):
    """`reason` if `ok` is false: listener-silent (no heartbeat for half a minute), broker-not-connected or
    clock-behind (this machine's clock). `reading_s`, the age of the last reading, may be large on a quiet
    night."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"ok": True, "reason": None, "heartbeat_s": 2.1, "reading_s": 11.4, "connected": True}
            ]
        }
    )

    ok: bool
    reason: ReceivingFault | None
    heartbeat_s: float | None
    reading_s: float | None
    connected: bool


@router.get(
    "/healthz",
    summary="Whether readings are being received",
    responses={
        200: {"model": HealthOut},
        503: {"model": HealthOut, "description": "Readings are not being received; see `reason`."},
    },
    response_model=HealthOut,
)
def healthz(request: Request) -> Response:
    answer = health(context_of(request))
    return JSONResponse(answer.model_dump(), 200 if answer.ok else 503, {"Cache-Control": "no-store"})


def health(context: ApiContext) -> HealthOut:
    with context.dbs.journal.read() as tx:
        state = listener_health.health(tx, context.now(), context.settings.heartbeat_missing_s * 1000)
    facts = {
        **state._asdict(),
        "ok": state.reason is None,
        "heartbeat_s": _seconds(state.heartbeat_age),
        "reading_s": _seconds(state.reading_age),
    }
    return HealthOut.model_validate(facts)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else max(0, ms) / 1000


def collector(request: Request) -> None:
    """Allows administrators, and callers on this machine with the token of the settings."""
    wanted = context_of(request).settings.metrics_token
    token = token_of(request) or ""
    is_local = address_of(request) in LOOPBACK
    if wanted and is_local and secrets.compare_digest(token.encode(), wanted.encode()):
        return
    require("administer")(request)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    dependencies=[Depends(bearer)],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request, allowed: Annotated[None, Depends(collector)]) -> Response:
    context = context_of(request)
    return Response(text(context, health(context).ok), media_type=CONTENT_TYPE)
