"""Whether every alert came once, and every text about it once and in time, while a machine's clock moved.

All times are those of this process's monotonic clock (s), which nobody moves.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.notifications.escalation import NotificationKind
from tests.e2e.watched_rooms import PERIOD_S, PHONES, KeptAlert, Text

ALLOWED_S = 30.0
ONCE = (NotificationKind.FIRST, NotificationKind.NEXT)


class ClockMoves:
    """When the machine's clock was moved, and by how much it was wrong from then on."""

    def __init__(self) -> None:
        self._moves: list[tuple[float, int]] = []

    def add(self, at: float, offset_s: int) -> None:
        self._moves.append((at, offset_s))

    def is_right(self, at: float) -> bool:
        before = [offset for moved, offset in self._moves if moved <= at]
        return not before or before[-1] == 0

    def right_from(self, at: float) -> float:
        """The first moment from `at` on at which the clock is right."""
        if self.is_right(at):
            return at
        return next((moved for moved, offset in self._moves if moved > at and offset == 0), float("inf"))


class Delays(NamedTuple):
    """After how many seconds outside an alert is due, and the next person."""

    alert_s: float
    next_s: float


@dataclass
class Told:
    """`late_s`: how late the latest text was, on a right clock; `late_wrong_clock_s`: of those due while
    it was wrong, which came before it was right again."""

    due: int = 0
    lost_alerts: int = 0
    double_alerts: int = 0
    other_alerts: list[str] = field(default_factory=list)
    texts: int = 0
    double_texts: int = 0
    missing_texts: int = 0
    late_texts: int = 0
    late_s: float = 0.0
    late_wrong_clock_s: float = 0.0

    def right(self) -> bool:
        wrong = self.lost_alerts + self.double_alerts + self.double_texts + self.missing_texts
        return not wrong and not self.late_texts and not self.other_alerts


def check_told(
    bad_since: Mapping[int, float],
    alerts: Sequence[KeptAlert],
    texts: Sequence[Text],
    clock: ClockMoves,
    delays: Delays,
) -> Told:
    """`bad_since`: room -> since when it has been outside."""
    verdict = Told(due=len(bad_since))
    high = {room: [a for a in alerts if a.room == room and a.condition == "high"] for room in bad_since}
    verdict.lost_alerts = sum(not any(a.status == "active" for a in of_room) for of_room in high.values())
    verdict.double_alerts = sum(max(0, len(of_room) - 1) for of_room in high.values())
    expected = {alert.id for of_room in high.values() for alert in of_room}
    verdict.other_alerts = [f"{a.condition} of room {a.room}" for a in alerts if a.id not in expected]
    messages = [text for text in texts if text.dedup_key.startswith("alert:")]
    verdict.texts = len(messages)
    verdict.double_texts = len(messages) - len({text.dedup_key for text in messages})
    requests = Counter((alert, kind, phone) for alert, kind, phone in map(_request, messages) if kind in ONCE)
    verdict.double_texts += sum(count - 1 for count in requests.values())
    for room, since in bad_since.items():
        if high[room]:
            _check_times(
                verdict, high[room][0].id, since + delays.alert_s + 2 * PERIOD_S, messages, clock, delays
            )
    return verdict


def _request(text: Text) -> tuple[int, str, str]:
    _, alert, kind, *_ = text.dedup_key.split(":")
    return int(alert), kind, text.phone


def _check_times(
    verdict: Told, alert: int, due: float, texts: Sequence[Text], clock: ClockMoves, delays: Delays
) -> None:
    """Each of the three people in turn: the next one is due a while after the one before."""
    for phone in PHONES:
        arrivals = [t.seen_at for t in texts if _request(t)[::2] == (alert, phone) and _request(t)[1] in ONCE]
        if not arrivals:
            verdict.missing_texts += 1
            return
        late = min(arrivals) - clock.right_from(due)
        verdict.late_texts += late > ALLOWED_S
        verdict.late_s = max(verdict.late_s, late)
        if not clock.is_right(due):
            verdict.late_wrong_clock_s = max(verdict.late_wrong_clock_s, min(arrivals) - due)
        due = min(arrivals) + delays.next_s
