"""One room: its state, advice, probes and open alert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from core.alerts.alerts import Alert
from core.metrics import METRICS, ON_BOARD
from core.overview.advice import Advice, advice
from core.overview.doubted_probes import spoke_lately
from core.overview.status import ProbeNow
from core.people.people import Person
from core.rooms.places import RoomKind
from store.alerts.alerts import alerts
from store.database import Databases
from store.devices.ice_baths import in_ice
from store.history import History
from store.notifications.roster import on_duty
from store.overview.room_status import RoomNow, room_now
from store.rooms.places import Room, Site, placements
from web.alerts.alert_timeline import alert_timeline, state_key
from web.base.localizer import N_, Localizer, local, short_name
from web.overview.board_view import RoomTile, names_by_id, tile
from web.overview.freeze_forecast import freeze_forecast
from web.readings.chart_buttons import ALWAYS_DRAWN, ChartButton, chart_buttons
from web.readings.data_quality import doubt_text

ORDER = ("door", "middle", "back", "pile", "outside")
SHOWN = tuple(metric for metric, row in METRICS.items() if row.sends)
"""Metrics on a probe's tile, in this order: what goods and people feel."""


@dataclass(frozen=True, slots=True)
class ProbeTile:
    """One probe. `shown`: its first value. `beside`: its other metrics. `doubt`: why one of its values is
    doubtful."""

    spot: str
    shown: str
    beside: str
    at: int
    age: str
    fresh: bool
    doubt: str


@dataclass(frozen=True, slots=True)
class OpenAlertView:
    """An active or acknowledged alert. `key`: one-time key of its buttons."""

    id: int
    goer: str
    reader_goes: bool
    calls: bool
    story: Sequence[str]
    key: str


@dataclass(frozen=True, slots=True)
class RoomView:
    room: Room
    site: Site
    entry: RoomNow
    tile: RoomTile
    advice: Advice
    trouble: OpenAlertView | None
    probes: Sequence[ProbeTile]
    duty: Person | None
    duty_name: str
    forecast: str
    away: Sequence[str]
    curves: Sequence[ChartButton]


def room_view(
    dbs: Databases, history: History, words: Localizer, ident: int, now: int, reader: int | None
) -> RoomView | None:
    """The live part of a room's page; None if the room does not exist."""
    entry = room_now(dbs, ident, now, history)
    if entry is None:
        return None
    zone = entry.site.timezone
    with dbs.records.read() as tx:
        names = names_by_id(tx, words)
        duty = next(iter(on_duty(tx, entry.site.id, now)), None)
        open_ones = alerts(tx, room=ident, status=("active", "acknowledged"))
        worst = entry.alert.id if entry.alert else None
        alert = next((candidate for candidate in open_ones if candidate.id == worst), None)
        timeline = (
            alert_timeline(
                tx, words, alert, entry.room.name, names.people, partial(words.moment, now=now, zone=zone)
            )
            if alert
            else ()
        )
        key = state_key(tx, alert.id, "room") if alert else ""
        away = _calibration_sentences(tx, words, ident, now)
    return RoomView(
        room=entry.room,
        site=entry.site,
        entry=entry,
        tile=tile(entry, words, names, now),
        advice=advice(entry.state, entry.verdict, entry.room.kind, local(now, zone).month),
        trouble=_open_alert(alert, names.people, reader, timeline, key) if alert else None,
        probes=probe_tiles(entry.probes, words, now),
        duty=duty,
        duty_name=short_name(duty.name) if duty else "",
        forecast=freeze_forecast(dbs, history, words, entry, now),
        away=away,
        curves=chart_buttons(_drawn(entry), words),
    )


def _drawn(entry: RoomNow) -> list[str]:
    """Metrics with a curve: those that every room is asked for, and what a probe measures there."""
    measured = {probe.metric for probe in entry.probes}
    shed = entry.room.kind == RoomKind.MUSHROOM_SHED
    return [metric for metric in ON_BOARD if shed or metric in ALWAYS_DRAWN or metric in measured]


def _calibration_sentences(tx: Connection, words: Localizer, room: int, now: int) -> list[str]:
    """Sentences about the room's probes that are in an ice bath or were just calibrated, so they are not
    missing."""
    baths = {(bath.device, bath.position) for bath in in_ice(tx, now)}
    sentences = []
    for place in placements(tx, room=room):
        if place.valid_from > now:
            spot, long = words.spot(place.spot), words.long(place.valid_from - now)
            in_bath = N_("%(spot)s的探头在冰水里校准") if (place.device, place.position) in baths else ""
            sentences.append(
                words(in_bath or N_("%(spot)s的探头刚校完，%(long)s后又算数"), spot=spot, long=long)
            )
    return sentences


def _open_alert(
    alert: Alert, names: Mapping[int, str], reader: int | None, timeline: Sequence[str], key: str
) -> OpenAlertView:
    goer = names.get(alert.acknowledged_by, "") if alert.acknowledged_by is not None else ""
    reader_goes = reader is not None and alert.acknowledged_by == reader
    return OpenAlertView(alert.id, goer, reader_goes, alert.status == "active", timeline, key)


def probe_tiles(probes: Sequence[ProbeNow], words: Localizer, now: int) -> list[ProbeTile]:
    """One tile per probe with all its metrics, from the door to the pile, outside last."""
    by_probe: dict[tuple[str, str], list[ProbeNow]] = {}
    for probe in sorted(probes, key=_place):
        if probe.metric in SHOWN:
            by_probe.setdefault((probe.device, probe.position), []).append(probe)
    return [_tile(measured, words, now) for measured in by_probe.values()]


def _place(probe: ProbeNow) -> tuple[int, str, str, int]:
    metric = SHOWN.index(probe.metric) if probe.metric in SHOWN else len(SHOWN)
    return ORDER.index(probe.spot), probe.device, probe.position, metric


def _tile(measured: Sequence[ProbeNow], words: Localizer, now: int) -> ProbeTile:
    first = measured[0]
    values = [
        words.measured(probe.metric, round(probe.value, METRICS[probe.metric].decimals)) for probe in measured
    ]
    old = words("%(long)s没数", long=words.long(now - first.at))
    flags = next((probe.flags for probe in measured if probe.doubtful), 0)
    speaks = first.fresh or (first.doubtful and spoke_lately(first, now))
    return ProbeTile(
        spot=words.spot(first.spot),
        shown=values[0],
        beside=" ".join(values[1:]),
        at=first.at,
        age=words.age(max(0, now - first.at)) if speaks else old,
        fresh=first.fresh,
        doubt=doubt_text(flags, words),
    )
