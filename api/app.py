"""The web application: routes, errors, description."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, Depends, FastAPI

from api import openapi, problems
from api.body_limit import BodyLimit
from api.context import ApiContext, ApiSettings, OutsideServices
from api.routes import (
    alerts,
    calibrations,
    devices,
    docs,
    export,
    forget_devices,
    health,
    issues,
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
    recipes,
    rooms,
    roster,
    rules,
    seasonal_closures,
    stock,
)
from api.security import bearer
from store.clock import now_ms
from store.database import Databases
from store.history import History
from store.live import Hub
from store.readings.calibrated_history import CalibratedHistory
from store.readings.pending_history import PendingHistory

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
    hub: Hub | None = None,
    services: OutsideServices | None = None,
) -> FastAPI:
    """Builds the API; the wiring adds the pages. The caller closes the databases. `history` is the raw
    one: the API corrects its values by the calibrations."""
    settings = settings or ApiSettings()
    services = services or OutsideServices()
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
        dbs,
        CalibratedHistory(dbs, PendingHistory(dbs, history)),
        hub,
        now,
        settings,
        export=services.export,
        credit=services.credit,
        ring=services.ring,
        bench=services.bench,
    )
    app.add_middleware(BodyLimit)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(docs.router)
    app.include_router(people.open_router, prefix=PREFIX)
    app.include_router(_signed_in(), prefix=PREFIX)
    openapi.install(app)
    return app


@cache
def _signed_in() -> APIRouter:
    """The routes that need a login. One router for all applications of a process, as `web.app.pages`."""
    router = APIRouter(dependencies=[Depends(bearer)])
    for part in (
        people,
        rooms,
        seasonal_closures,
        patrols,
        pre_opening_checks,
        readings,
        manual_readings,
        forget_devices,
        devices,
        placements,
        calibrations,
        rules,
        recipes,
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
        issues,
    ):
        router.include_router(part.router)
    return router
