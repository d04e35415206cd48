"""Turns an alert's events into sentences: who was notified, who goes, how it ended."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection

from core.alerts.alerts import Alert
from core.alerts.conditions import CONDITIONS
from core.alerts.judging import Reason
from core.times import HOUR_MS
from store.alerts.alert_events import events
from store.alerts.alerts import alerts
from store.alerts.verdicts import verdict_of
from store.rooms.places import room_names
from store.rooms.timezones import timezones
from web.base.localizer import N_, Localizer
from web.base.names import short_people_names

RECENT = 12 * HOUR_MS
MOST = 3
_SAID = {
    "activated": N_("%(at)s %(room)s%(what)s"),
    "told": N_("%(at)s 告诉%(to)s"),
    "escalated": N_("%(at)s %(room)s更重了"),
    "acknowledged": N_("%(at)s %(name)s：我去"),
    "handed_back": N_("%(at)s %(name)s：去不了"),
    "passed_on": N_("%(at)s %(name)s换人，转给%(to)s"),
    "resolved": N_("%(at)s %(room)s好了"),
    "closed": N_("%(at)s %(name)s了结"),
}
_ENDED = {
    Reason.PROBE_SILENT: N_("%(at)s %(room)s探头没数了，%(what)s好没好不知道"),
    Reason.PROBE_DOUBTED: N_("%(at)s %(room)s探头数不准了，%(what)s好没好不知道"),
    Reason.HEARD_AGAIN: N_("%(at)s %(room)s又有数了"),
    Reason.PROBE_REMOVED: N_("%(at)s %(room)s的探头拿走了"),
    Reason.LIMITS_CHANGED: N_("%(at)s %(room)s该在的范围改了，%(what)s不用管了"),
    Reason.ROOM_EMPTY: N_("%(at)s %(room)s报了空库，%(what)s不用管了"),
}
"""The end by its reason; any other is `resolved` of `_SAID`."""
SHORT = frozenset(("activated", "told", "acknowledged", "escalated", "passed_on", "resolved"))


def state_key(tx: Connection, alert: int, page: str) -> str:
    """The idempotency key of a button on `page`. It stays the same until the alert has a new event, so a
    second click changes nothing even after the page was reloaded."""
    newest = max((event.id for event in events(tx, alert)), default=0)
    return f"{page}-alert-{alert}-{newest}"


def what(tx: Connection, alert: Alert, words: Localizer) -> str:
    """`↓要冻`, `没数`: the alert in one or two words, the same as in its SMS."""
    verdict = verdict_of(tx, alert)
    return words.verdict(verdict) or words(CONDITIONS[alert.condition].words.what)


def alert_timeline(
    tx: Connection,
    words: Localizer,
    alert: Alert,
    room: str,
    names: Mapping[int, str],
    moment: Callable[[int], str],
    kinds: frozenset[str] = frozenset(_SAID),
) -> Sequence[str]:
    """The alert's events in order, one short sentence each. `moment` words the time (ms) of an event."""
    title = what(tx, alert, words)
    sentences = []
    for event in events(tx, alert.id):
        if event.kind not in kinds or event.kind not in _SAID:
            continue
        sentence = _SAID[event.kind]
        if event.kind == "resolved":
            sentence = _ENDED.get(event.facts.get("reason", ""), sentence)
        to = event.facts.get("to") or event.facts.get("person")
        sentences.append(
            words(
                sentence,
                at=moment(event.at),
                room=room,
                what=title,
                name=names.get(event.by or 0, ""),
                to=names.get(to, "") if isinstance(to, int) else "",
            )
        )
    return sentences


def recent_alert_lines(tx: Connection, words: Localizer, now: int) -> Sequence[str]:
    """The latest open or recent alerts, one line each, newest first."""
    names, places, zones = short_people_names(tx), room_names(tx), timezones(tx)
    return [
        words("；").join(
            alert_timeline(
                tx,
                words,
                alert,
                places.get(alert.room, ""),
                names,
                partial(words.moment, now=now, zone=zones.of_room(alert.room)),
                SHORT,
            )
        )
        for alert in alerts(tx, limit=MOST)
        if alert.open or now - alert.activated_at <= RECENT
    ]
