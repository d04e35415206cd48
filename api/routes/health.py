"""Health for machines: `/healthz` without a login, `/metrics` with one."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from api.context import ApiContext, context_of
from api.metrics import CONTENT_TYPE, text
from api.security import address_of, bearer, require, token_of
from core.overview.service_health import troubled
from core.overview.service_progress import ServiceTrouble
from core.overview.system_issue_texts import kind_of
from store.overview import health as listener_health
from store.overview.service_states import read_service_states
from store.overview.system_issues import open_issues

router = APIRouter(tags=["health"])
LOOPBACK = ("127.0.0.1", "::1")


class ServiceOut(BaseModel):
    """A service that does not do its work for `seconds`: `ended`, `hung` (no progress), `failing` (every
    step fails) or `behind` (work waits for it)."""

    service: str
    trouble: ServiceTrouble
    seconds: float


class HealthOut(BaseModel):
    """`reason` if `ok` is false: listener-silent (no heartbeat for half a minute), broker-not-connected,
    clock-behind or clock-ahead (this machine's clock), or a service and its trouble, such as alerts-hung.
    `services` are all that are in trouble. `issues` are the kinds of other open system issues, which a
    restart does not mend; the page and the doctor say more. `reading_s`, the age of the last reading, may
    be large on a quiet night."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ok": True,
                    "reason": None,
                    "services": [],
                    "issues": ["box.disk_low"],
                    "heartbeat_s": 2.1,
                    "reading_s": 11.4,
                    "connected": True,
                }
            ]
        }
    )

    ok: bool
    reason: str | None
    services: list[ServiceOut]
    issues: list[str]
    heartbeat_s: float | None
    reading_s: float | None
    connected: bool


@router.get(
    "/healthz",
    summary="Whether readings are received, judged and recorded",
    responses={
        200: {"model": HealthOut},
        503: {"model": HealthOut, "description": "Something does not work; see `reason`."},
    },
    response_model=HealthOut,
)
def healthz(request: Request) -> Response:
    answer = health(context_of(request))
    return JSONResponse(answer.model_dump(), 200 if answer.ok else 503, {"Cache-Control": "no-store"})


def health(context: ApiContext) -> HealthOut:
    now = context.now()
    with context.dbs.journal.read() as tx:
        listener = listener_health.health(tx, now, context.settings.heartbeat_missing_s * 1000)
    with context.dbs.records.read() as tx:
        issues = sorted({kind_of(issue.name) for issue in open_issues(tx)})
    states = troubled(read_service_states(context.dbs, now, context.settings.hung_after_s))
    services = [
        ServiceOut(service=state.service, trouble=state.trouble, seconds=round(state.age_s, 1))
        for state in states
        if state.trouble is not None
    ]
    reasons = [listener.reason, *(f"{service.service}-{service.trouble}" for service in services)]
    reason = next((str(reason) for reason in reasons if reason), None)
    return HealthOut(
        ok=reason is None,
        reason=reason,
        services=services,
        issues=issues,
        heartbeat_s=_seconds(listener.heartbeat_age),
        reading_s=_seconds(listener.reading_age),
        connected=listener.connected,
    )


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
