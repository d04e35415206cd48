"""The board: one tile per room, worst first, in the user's language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.metrics import METRICS
from core.overview.status import RANK, RoomState
from core.people.people import Person
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from i18n.language import either
from store.catalogue.produce import phases, produce
from store.database import Databases
from store.history import History
from store.notifications.roster import on_duty
from store.overview.room_status import RoomNow, rooms_now
from store.people.federation import Federation, federation
from store.people.people import people
from store.rooms.limits import all_current
from store.rooms.timezones import federation_timezone
from web.alerts.alert_timeline import recent_alert_lines
from web.alerts.phone_call import PhoneCall, phone_call
from web.base.localizer import Localizer, short_name
from web.base.names import short_people_names
from web.overview.freeze_forecast import freeze_forecast
from web.readings.data_quality import room_doubt_text

WORST_FIRST = sorted(RoomState, key=lambda state: (RANK[state], list(RoomState).index(state)))
_PASSED = {verdict: metric for metric, row in METRICS.items() for verdict in (row.too_high, row.too_low)}
WIDE = frozenset((RoomState.DANGER, RoomState.ATTENTION, RoomState.NO_DATA))
"""Tiles of these states take the whole width of a phone."""


@dataclass(frozen=True, slots=True)
class NamesById:
    """Names by id in the user's language, and each room's limits."""

    goods: Mapping[str, str]
    people: Mapping[int, str]
    uses: Mapping[str, str]
    limits: Mapping[int, Sequence[Limit]]


@dataclass(frozen=True, slots=True)
class RoomTile:
    """A room as texts. `figure` is large and always fresh; `last` is small and tells its time. `calls`:
    nobody has acknowledged the danger yet. `call`: the person to phone about a danger."""

    room: int
    name: str
    shed: bool
    state: str
    word: str
    wide: bool
    verdict: str
    figure: str
    unit: str
    spot: str
    band: str
    by: str
    contents: str
    at: int | None
    age: str
    humidity: str
    co2: str
    direction: str
    last: str
    doubt: str
    silent: str
    missing_for: str
    note: str
    ask: str
    calls: bool
    goer: str
    forecast: str
    call: PhoneCall | None


@dataclass(frozen=True, slots=True)
class StateCount:
    state: str
    number: int
    word: str


@dataclass(frozen=True, slots=True)
class Board:
    federation: Federation
    now: int
    zone: str
    counts: Sequence[StateCount]
    calm: str
    outside: str
    duty: str
    tiles: Sequence[RoomTile]
    happened: Sequence[str]
    problems: Sequence[str]


def names_by_id(tx: Connection, words: Localizer) -> NamesById:
    return NamesById(
        {ident: either(words.lang, kind.name, kind.name_en) for ident, kind in produce(tx).items()},
        short_people_names(tx),
        {ident: either(words.lang, phase.name, phase.name_en) for ident, phase in phases(tx).items()},
        all_current(tx),
    )


def board(
    dbs: Databases, history: History, words: Localizer, now: int, problems: Sequence[str] = ()
) -> Board | None:
    """The whole board; None before the first start. `problems`: texts of system issues."""
    entries = rooms_now(dbs, now, history)
    with dbs.records.read() as tx:
        current_federation = federation(tx)
        if current_federation is None:
            return None
        names = names_by_id(tx, words)
        sites = {entry.site.id: entry.site for entry in entries}
        zone = federation_timezone(tx)
        on_duty_by_site = {site: next(iter(on_duty(tx, site, now)), None) for site in sites}
        people_by_id = {person.id: person for person in people(tx)}
        happened = recent_alert_lines(tx, words, now)
    several = len({entry.room.name for entry in entries}) < len(entries)
    counts = Counter(entry.state for entry in entries)
    duty = dict.fromkeys(short_name(person.name) for person in on_duty_by_site.values() if person)
    return Board(
        federation=current_federation,
        now=now,
        zone=zone,
        counts=[
            StateCount(state, counts[state], words.state(state)) for state in WORST_FIRST if counts[state]
        ],
        calm=words("%(n)s个都正常", n=len(entries))
        if entries and counts[RoomState.OK] == len(entries)
        else "",
        outside=outside_text(words, entries),
        duty=_first_of(list(duty), words),
        tiles=[
            tile(
                entry,
                words,
                names,
                now,
                several,
                freeze_forecast(dbs, history, words, entry, now),
                call_about(entry, on_duty_by_site[entry.site.id], people_by_id),
            )
            for entry in entries
        ],
        happened=happened,
        problems=problems,
    )


def _first_of(names: Sequence[str], words: Localizer) -> str:
    """`任师傅等3人`: a line has room for one name."""
    if len(names) < 2:
        return "".join(names)
    return words("%(name)s等%(n)s人", name=names[0], n=len(names))


def call_about(entry: RoomNow, duty: Person | None, people_by_id: Mapping[int, Person]) -> PhoneCall | None:
    """The person to phone about a room in danger: who acknowledged, else the first on duty. None if not in
    danger."""
    goer = people_by_id.get(entry.alert.acknowledged_by or 0) if entry.alert else None
    return phone_call(goer or duty) if entry.state is RoomState.DANGER else None


def tile(
    entry: RoomNow,
    words: Localizer,
    names: NamesById,
    now: int,
    with_site: bool = False,
    forecast: str = "",
    call: PhoneCall | None = None,
) -> RoomTile:
    zone, alert = entry.site.timezone, entry.alert
    unwatched = (RoomState.NO_DATA, RoomState.EMPTY, RoomState.RESTING)
    doubt = room_doubt_text(entry.probes, entry.value is not None, words, now)
    fresh = entry.value is not None and entry.state not in unwatched
    return RoomTile(
        room=entry.room.id,
        name=f"{entry.site.name} {entry.room.name}" if with_site else entry.room.name,
        shed=entry.room.kind == "mushroom_shed",
        state=entry.state,
        word=words.state(entry.state),
        wide=entry.state in WIDE,
        verdict=words.verdict(entry.verdict) if entry.state in WIDE else "",
        figure=words.figure(entry.value) if fresh and entry.value is not None else "",
        unit=words("度"),
        spot=words.spot(entry.spot) if fresh else "",
        band=words.band(shown_limit(entry, names)),
        by=limit_reason(entry, words, names),
        contents=_contents(entry.contents, words, names),
        at=entry.at if fresh else None,
        age=words.age(now - entry.at) if fresh and entry.at is not None else "",
        humidity=words.measured("humidity", entry.humidity) if entry.humidity is not None else "",
        co2=words.measured("co2", entry.co2) if entry.co2 is not None else "",
        direction=words.direction(entry.direction),
        last=_last_value_text(entry, words, now, zone) or ("" if fresh else doubt),
        doubt=doubt,
        silent=_silent_text(entry, words) if fresh else "",
        missing_for=words.long(now - entry.last_at)
        if entry.value is None and entry.last_at is not None
        else "",
        note=_empty_note(entry, words, names, zone),
        ask=_what_to_do(entry, words),
        calls=alert is not None and alert.status == "active" and entry.state is RoomState.DANGER,
        goer=_goer_text(entry, words, names),
        forecast=forecast,
        call=call,
    )


def _silent_text(entry: RoomNow, words: Localizer) -> str:
    """`2个探头有1个没数`, while the others show the room."""
    silence = entry.silence
    if not silence.is_partial:
        return ""
    return words("%(total)s个探头有%(n)s个没数", total=silence.total, n=silence.silent)


def _contents(held: Sequence[tuple[str, int]], words: Localizer, names: NamesById) -> str:
    return words.contents([(names.goods.get(kind, kind), grams) for kind, grams in held])


def limit_reason(entry: RoomNow, words: Localizer, names: NamesById) -> str:
    """What the limits come from: `按 土豆38吨 管`."""
    limit = shown_limit(entry, names)
    if limit is None:
        return ""
    if limit.origin == "hand":
        who = names.people.get(limit.by) if limit.by is not None else None
        return words("%(name)s定的", name=who) if who else words("手工定的")
    return words("按 %(what)s 管", what=_reason_goods(entry, limit, words, names)) if limit.origin else ""


def shown_limit(entry: RoomNow, names: NamesById) -> Limit | None:
    """The limit that the tile shows: the exceeded one, else the air temperature's."""
    metric = _PASSED.get(entry.verdict)
    limits = names.limits.get(entry.room.id, ())
    return next(
        (limit for limit in limits if (limit.metric, limit.position_class) == (metric, "air")), entry.limit
    )


def outside_text(words: Localizer, entries: Sequence[RoomNow]) -> str:
    """`库外零下21`, from the latest fresh outdoor probe; empty if there is none."""
    probes = [
        probe
        for entry in entries
        for probe in entry.probes
        if probe.fresh and probe.position_class == PositionClass.OUTSIDE and probe.metric == "temperature"
    ]
    if not probes:
        return ""
    newest = max(probes, key=lambda probe: probe.at)
    return words("库外%(n)s", n=words.number(newest.value, 0))


def _reason_goods(entry: RoomNow, limit: Limit, words: Localizer, names: NamesById) -> str:
    goods = [pair for pair in entry.contents if pair[0] in limit.produce]
    if limit.origin == "contents" and goods:
        return _contents(goods, words, names)
    use = entry.room.use or (limit.produce[0] if limit.produce else "")
    return names.uses.get(use) or names.goods.get(use) or use


def _last_value_text(entry: RoomNow, words: Localizer, now: int, zone: str) -> str:
    """A manual reading taken since the probes fell silent, else the probes' last value."""
    if entry.read is not None:
        at = words.moment(entry.read.at, now, zone)
        return words("人工%(at)s是%(value)s", at=at, value=words.degrees(entry.read.value))
    if entry.last_value is None or entry.last_at is None:
        return ""
    at = words.moment(entry.last_at, now, zone)
    return words("%(at)s是%(value)s", at=at, value=words.degrees(entry.last_value))


def _empty_note(entry: RoomNow, words: Localizer, names: NamesById, zone: str) -> str:
    """The text of a room without goods: closed, empty, unregistered, or its use."""
    room, rest = entry.room, entry.rest
    if entry.state is RoomState.RESTING and rest is not None:
        who = names.people.get(rest.by) if rest.by is not None else None
        day = words.day(rest.since, zone)
        return words("%(name)s%(day)s歇的", name=who, day=day) if who else words("%(day)s歇的", day=day)
    if entry.state is RoomState.EMPTY and room.empty_since is not None:
        who = names.people.get(room.empty_by) if room.empty_by is not None else None
        day = words.day(room.empty_since, zone)
        return words("%(name)s%(day)s报", name=who, day=day) if who else words("%(day)s报", day=day)
    if entry.state is RoomState.UNREGISTERED:
        return words("还没登记里面放什么")
    if entry.contents:
        return ""
    use = room.use or ""
    return names.uses.get(use) or names.goods.get(use) or ""


def _what_to_do(entry: RoomNow, words: Localizer) -> str:
    if entry.state in (RoomState.DANGER, RoomState.ATTENTION):
        return words("看怎么办")
    if entry.state is RoomState.NO_DATA:
        return words("去看表，抄数")
    return words("去登记") if entry.state is RoomState.UNREGISTERED else ""


def _goer_text(entry: RoomNow, words: Localizer, names: NamesById) -> str:
    alert = entry.alert
    if alert is None or alert.acknowledged_by is None:
        return ""
    return words("%(name)s去了", name=names.people.get(alert.acknowledged_by, ""))
