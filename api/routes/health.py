"""Are we well? For machines: `/healthz` without a login, `/metrics` with one."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from api.context import ApiContext, context
from api.metrics import CONTENT_TYPE, text
from api.security import address_of, bearer, require, token_of
from store.overview import health as listener_health

router = APIRouter(tags=["health"])
LOOPBACK = ("127.0.0.1", "::1")


class HealthOut(BaseModel):
    """`reason` where `ok` is false: listener-silent (no heartbeat for half a minute),
    broker-not-connected or clock-behind (the machine's clock). `reading_s` may be large on a quiet night
    and says nothing by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"ok": True, "reason": None, "heartbeat_s": 2.1, "reading_s": 11.4, "connected": True}
            ]
        }
    )

    ok: bool
    reason: str | None
    heartbeat_s: float | None
    reading_s: float | None
    connected: bool


@router.get(
    "/healthz",
    summary="Whether readings can reach us",
    responses={
        200: {"model": HealthOut},
        503: {"model": HealthOut, "description": "They cannot; see `reason`."},
    },
    response_model=HealthOut,
)
def healthz(request: Request) -> Response:
    found = health(context(request))
    return JSONResponse(found.model_dump(), 200 if found.ok else 503, {"Cache-Control": "no-store"})


def health(about: ApiContext) -> HealthOut:
    with about.dbs.journal.read() as tx:
        found = listener_health.health(tx, about.now(), about.settings.heartbeat_missing_s * 1000)
    return HealthOut(
        ok=found.reason is None,
        reason=found.reason,
        heartbeat_s=_seconds(found.heartbeat_age),
        reading_s=_seconds(found.reading_age),
        connected=found.connected,
    )


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else max(0, ms) / 1000


def collector(request: Request) -> None:
    """A person who may administer, or who asks from this machine with the token of the settings."""
    wanted = context(request).settings.metrics_token
    given = token_of(request) or ""
    here = address_of(request) in LOOPBACK
    if wanted and here and secrets.compare_digest(given.encode(), wanted.encode()):
        return
    require("administer")(request)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    dependencies=[Depends(bearer)],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request, who: Annotated[None, Depends(collector)]) -> Response:
    about = context(request)
    return Response(text(about, health(about).ok), media_type=CONTENT_TYPE)
