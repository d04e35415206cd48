"""What the views of pages take, made without a database."""

from typing import Any, cast

from core.alerts.alerts import Alert
from core.overview.status import ProbeNow, RoomState
from core.people.people import Person, Role
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from i18n.language import Lang
from store.overview.room_status import RoomNow
from store.rooms.places import Room, Site
from web.base.forms import SubmittedForm
from web.base.localizer import Localizer
from web.base.request_context import PageRequest, PageSettings

NOW = 1_768_331_986_000  # a January night, 03:19:46 in Fenyang
ZONE = "Asia/Shanghai"
ZH, EN = Localizer("zh"), Localizer("en")
SITE = Site(1, "古池库区", None, ZONE)
ROOM = Room(3, 1, "3号库", "cold_room", 50_000_000, None, "contents", None, None, 3)
LIMIT = Limit(3, 1, "temperature", "air", 2.5, 7.0, 0.5, 12.0, 1800, 600, 0.3, "contents", ("potato_table",))


def person(role: str = Role.KEEPER, **facts: Any) -> Person:
    usual: dict[str, Any] = {
        "id": 1,
        "name": "任师傅",
        "phone": "13800005678",
        "language": "zh",
        "role": Role(role),
        "cooperative": None,
        "village": None,
        "username": None,
    }
    return Person(**{**usual, **facts})


def page_of(who: Person | None, lang: Lang = "zh") -> PageRequest:
    """A request of that person, for views that ask it for words and permissions alone."""
    return PageRequest(
        cast(Any, None), cast(Any, None), PageSettings(), who, cast(Any, None), Localizer(lang), NOW
    )


def form(**fields: str | list[str]) -> SubmittedForm:
    return SubmittedForm(
        {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    )


def probe(value: float = 4.0, spot: str = "door", metric: str = "temperature", **facts: Any) -> ProbeNow:
    usual: dict[str, Any] = {
        "series": 1,
        "device": f"3号库-{spot}",
        "position": "",
        "spot": spot,
        "position_class": PositionClass.OUTSIDE if spot == "outside" else PositionClass.AIR,
        "metric": metric,
        "value": value,
        "at": NOW - 60_000,
        "flags": 0,
        "fresh": True,
        "doubtful": False,
    }
    return ProbeNow(**{**usual, **facts})


def entry(state: RoomState = RoomState.OK, **facts: Any) -> RoomNow:
    """A room with a fresh 4.0 degrees at the door, judged by what lies in it."""
    usual: dict[str, Any] = {
        "room": ROOM,
        "site": SITE,
        "state": state,
        "verdict": None,
        "value": 4.0,
        "spot": "door",
        "at": NOW - 60_000,
        "direction": None,
        "limit": LIMIT,
        "humidity": None,
        "co2": None,
        "last_value": None,
        "last_at": None,
        "probes": (),
        "contents": (),
        "alert": None,
        "interval_s": 300,
    }
    return RoomNow(**{**usual, **facts})


def alert_of(facts: dict[str, Any]) -> Alert:
    """An alert of which a test needs only `facts`."""
    return cast(Alert, type("AlertFacts", (), facts)())
