"""What every request may use, built once by the wiring."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fastapi import Request
from sqlalchemy import Connection

from api.login_attempts import LoginAttempts
from core.decoding.rules import RuleBench
from core.people.people import Person
from store.database import Databases
from store.history import History
from store.live import Hub
from store.patrols.pre_opening_checks import AskCredit
from store.readings.recent_values import RecentValues


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """`metrics_token`: lets a collector on this machine read `/metrics` without an account.
    `secure_cookies`: the pages are served over HTTPS. `hung_after_s`: a service without progress for so long
    is in trouble."""

    version: str = "0"
    metrics_token: str = ""
    secure_cookies: bool = False
    heartbeat_missing_s: int = 30
    hung_after_s: int = 60


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A finished file. `content_type` and `filename` are for the answer's headers."""

    content: bytes
    content_type: str
    filename: str


Export = Callable[[str, dict[str, object], str, Person], ExportedFile]
"""(`room-month` | `patrols` | `stock` | `calibrations`, parameters, `csv` | `xlsx`, caller) -> the file.
Runs in a child process. Raises `core.errors.Refused` if there is nothing to export."""


Ring = Callable[[Connection, int, Iterable[Person], str], int]
"""(transaction, now, people, key) -> the number of phones a test message was queued for, once per key."""


@dataclass(frozen=True, slots=True)
class OutsideServices:
    """Services of other layers for the API, handed in by the wiring; `None`: not available in this
    process.

    `credit` asks the SMS provider for the remaining credit, `ring` queues a test message, `bench` tries
    decoding rules on a message.
    """

    export: Export | None = None
    credit: AskCredit | None = None
    ring: Ring | None = None
    bench: RuleBench | None = None


@dataclass
class ApiContext:
    dbs: Databases
    history: History
    hub: Hub
    now: Callable[[], int]
    settings: ApiSettings = field(default_factory=ApiSettings)
    export: Export | None = None
    credit: AskCredit | None = None
    ring: Ring | None = None
    bench: RuleBench | None = None
    attempts: LoginAttempts = field(default_factory=LoginAttempts)
    recent: RecentValues = field(init=False)

    def __post_init__(self) -> None:
        self.recent = RecentValues(self.dbs)


def context_of(request: Request) -> ApiContext:
    """Set by `api.app.create_app` (`app.state.coldshed`)."""
    context = request.app.state.coldshed
    assert isinstance(context, ApiContext)
    return context
