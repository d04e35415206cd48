"""Warns the people responsible before the box's battery is empty, and tells them when mains power is back.

The warning is stored as a row, so a box that shut down reports its return once after it starts again.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from alerts.text_context import TextContext
from alerts.ups import Reader, UpsReader
from core.notifications import last_word
from core.notifications.alert_texts import TextStyle
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.overview.battery_runtime import LAST_MINUTES, BatteryNotice, PowerSupply, due_notice
from core.people.people import Person
from core.times import MINUTE_MS
from store.database import Databases
from store.notifications import notifications as outbox
from store.notifications import roster
from store.overview import system_issues

ON_BATTERY = "power.on_battery"
SAID = "power.last_word"
UPS_AWAY = "power.ups_away"


class LastWordSender:
    def __init__(self, dbs: Databases, channel: str, read: Reader, minutes: float = LAST_MINUTES) -> None:
        self._dbs = dbs
        self._channel = channel
        self._read = read
        self._minutes = minutes

    def step(self, now: int) -> BatteryNotice:
        """Reads the battery once and queues the messages that are due."""
        supply = self._read()
        self._note_whether_away(now, is_away=supply is None)
        if supply is None:
            return BatteryNotice.NOTHING
        with self._dbs.records.read() as tx:
            issues = {problem.name: problem for problem in system_issues.open_issues(tx)}
        due = due_notice(supply, announced=SAID in issues, minutes=self._minutes)
        issue = issues.get(ON_BATTERY)
        if due == BatteryNotice.NOTHING and not supply.on_battery and issue is None:
            return due
        with self._dbs.records.write() as tx:
            self._note(tx, now, supply, issue.text if issue else None)
            if due == BatteryNotice.LAST:
                queue_last_word(tx, now, self._channel, minutes_left(supply))
            elif due == BatteryNotice.BACK:
                queue_power_back(tx, now, self._channel, issues[SAID].first_at)
        return due

    def _note_whether_away(self, now: int, *, is_away: bool) -> None:
        """Also takes back what an earlier process noted. A machine without a battery is not away."""
        ups = self._read.name if isinstance(self._read, UpsReader) and is_away else ""
        with self._dbs.records.read() as tx:
            noted = {issue.name: issue.text for issue in system_issues.open_issues(tx)}.get(UPS_AWAY, "")
        if noted == ups:
            return
        with self._dbs.records.write() as tx:
            if ups:
                system_issues.note(tx, UPS_AWAY, ups, now)
            else:
                system_issues.clear(tx, UPS_AWAY, now)

    def _note(self, tx: Connection, now: int, supply: PowerSupply, before: str | None) -> None:
        if not supply.on_battery:
            system_issues.clear(tx, ON_BATTERY, now)
        elif before != (text := _charge_text(supply)):
            system_issues.note(tx, ON_BATTERY, text, now)


def minutes_left(supply: PowerSupply) -> int | None:
    """Remaining whole minutes; None if unknown."""
    return None if supply.minutes is None else max(1, round(supply.minutes))


def _charge_text(supply: PowerSupply) -> str:
    """Text for the page; minutes are rounded to five so that the text does not change every few seconds."""
    if supply.minutes is not None:
        return f"{max(1, round(supply.minutes / 5) * 5)} min"
    return "" if supply.percent is None else f"{round(supply.percent / 5) * 5} %"


def queue_last_word(tx: Connection, now: int, channel: str, minutes: int | None) -> list[Person]:
    """Queues the warning once, for everybody responsible. Returns the people it was queued for."""
    system_issues.note(tx, SAID, "", now)
    since = next(problem.first_at for problem in system_issues.open_issues(tx) if problem.name == SAID)
    recipients = responsible_people(tx, now)
    for person, style in _styles(tx, recipients):
        text = last_word.last_word_text(style, minutes)
        _queue(tx, now, channel, NotificationKind.LAST_WORD, person, text, since)
    return recipients


def queue_power_back(tx: Connection, now: int, channel: str, since: int) -> None:
    """Queues "back on mains" for those who got the warning."""
    system_issues.clear(tx, SAID, now)
    for person, style in _styles(tx, responsible_people(tx, now)):
        text = last_word.power_back_text(style, max(MINUTE_MS, now - since))
        _queue(tx, now, channel, NotificationKind.BACK, person, text, since)


def responsible_people(tx: Connection, now: int) -> list[Person]:
    """Everybody who would be notified first for any site."""
    context = TextContext.read(tx)
    people_by_id = {person.id: person for site in context.sites for person in roster.order(tx, site, now)}
    return list(people_by_id.values())


def _styles(tx: Connection, recipients: Iterable[Person]) -> list[tuple[Person, TextStyle]]:
    context = TextContext.read(tx)
    return [(person, context.style(person.id)) for person in recipients]


def _queue(
    tx: Connection, now: int, channel: str, kind: NotificationKind, person: Person, text: str, since: int
) -> None:
    outbox.queue(tx, now, channel, NewMessage(person.id, kind, text, f"{kind}:{since}:person:{person.id}"))
