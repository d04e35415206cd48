"""The web application: routes, errors, description."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, FastAPI

from api import openapi, problems
from api.body_limit import BodyLimit
from api.context import ApiContext, ApiSettings, Export, Ring
from api.routes import (
    alerts,
    calibrations,
    devices,
    docs,
    export,
    health,
    limits,
    live,
    lots,
    manual_readings,
    movements,
    notifications,
    patrols,
    people,
    placements,
    pre_opening_checks,
    produce,
    readings,
    rooms,
    roster,
    rules,
    seasonal_closures,
    stock,
)
from api.security import bearer
from core.decoding.rules import RuleBench
from store.clock import now_ms
from store.database import Databases
from store.history import History
from store.live import Hub
from store.patrols.pre_opening_checks import AskCredit
from store.readings.calibrated_history import CalibratedHistory

PREFIX = "/api/v1"
DESCRIPTION = (
    "Coldshed 库棚通: a farming federation's cold stores and mushroom sheds. Times are UTC, ISO 8601 with "
    "`Z`; quantities are kg. Errors are RFC 9457 problem details. Lists answer `{items, next}`; give `next` "
    "back as `cursor`. Every write takes an `Idempotency-Key`."
)


def create_app(
    dbs: Databases,
    history: History,
    settings: ApiSettings | None = None,
    now: Callable[[], int] = now_ms,
    export: Export | None = None,
    hub: Hub | None = None,
    credit: AskCredit | None = None,
    ring: Ring | None = None,
    bench: RuleBench | None = None,
) -> FastAPI:
    """The API alone; the pages are added by the wiring. The databases stay the caller's to close, and
    `history` is the raw one: everything here reads it corrected by the calibrations. `credit` asks the way
    by which texts go what is left on it, `ring` sends a trial text; on the `bench`
    rules are tried."""
    settings = settings or ApiSettings()
    app = FastAPI(
        title="Coldshed",
        version=settings.version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    hub = hub or Hub(dbs, now)
    app.state.coldshed = ApiContext(
        dbs, CalibratedHistory(dbs, history), hub, now, settings, export, credit, ring, bench
    )
    app.add_middleware(BodyLimit)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(docs.router)
    app.include_router(people.open_router, prefix=PREFIX)
    app.include_router(_signed_in(), prefix=PREFIX)
    openapi.install(app)
    return app


def _signed_in() -> APIRouter:
    """Everything that answers nobody without a login."""
    router = APIRouter(dependencies=[Depends(bearer)])
    for part in (
        people,
        rooms,
        seasonal_closures,
        patrols,
        pre_opening_checks,
        readings,
        manual_readings,
        devices,
        placements,
        calibrations,
        rules,
        produce,
        lots,
        movements,
        stock,
        limits,
        alerts,
        notifications,
        roster,
        live,
        export,
    ):
        router.include_router(part.router)
    return router
