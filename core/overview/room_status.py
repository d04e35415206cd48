"""The current state of one room, judged from all its facts. Times are ms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.alerts.alerts import Alert, Condition, Severity
from core.alerts.conditions import CONDITIONS
from core.alerts.evidence import SilenceEvidence
from core.metrics import Verdict
from core.overview import status
from core.overview.status import JudgedProbe, ProbeNow, RoomState
from core.readings.readings import NOT_COUNTED
from core.rooms.limits import Limit
from core.rooms.places import PositionClass
from core.rooms.verdicts import freezing_point

_NOW = 1 << 62
"""Later than any reading; the time of a live probe."""


class AlertSubject(NamedTuple):
    """What an alert of a room is about."""

    condition: str
    metric: str
    position_class: str


def subject_of(alert: Alert) -> AlertSubject:
    return AlertSubject(alert.condition, alert.metric, alert.position_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """The facts about a room. `probes`: latest values of its probes; `manual`: latest manual readings.
    `contents`: (produce id, grams); `freezing_points` (°C) by produce. `alert`: its worst open alert;
    `alert_verdicts`: the verdicts of all its open alerts. `has_probe`: a probe is placed there.
    `declared_empty`: by a person; `resting`: closed for the season."""

    probes: Sequence[ProbeNow] = ()
    manual: Sequence[ProbeNow] = ()
    limits: Sequence[Limit] = ()
    contents: Sequence[tuple[str, int]] = ()
    freezing_points: Mapping[str, float]
    alert: Alert | None = None
    alert_verdicts: Mapping[AlertSubject, Verdict | None] = field(default_factory=dict)
    has_probe: bool = False
    declared_empty: bool = False
    resting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomJudgement:
    """`worst`: air temperature at the worst position, None without a fresh value. In that case `last` is
    the latest one and `read` the manual reading since then. `limit`: of the air temperature. `excess`:
    how far the deciding value is outside its safe band."""

    state: RoomState
    verdict: Verdict | None
    excess: float
    worst: ProbeNow | None
    last: ProbeNow | None
    read: ProbeNow | None
    limit: Limit | None
    humidity: float | None
    co2: float | None


def judge_room(facts: RoomFacts, now: int) -> RoomJudgement:
    freezing = freezing_point(facts.limits, (kind for kind, _ in facts.contents), facts.freezing_points)
    limit = air_limit(facts.limits, "temperature")
    worst = status.worst_probe(facts.probes, "temperature", PositionClass.AIR, limit)
    last = None if worst else latest_air(facts.probes)
    judged = [probe for row in facts.limits if (probe := status.judge_limit(row, facts.probes, freezing))]
    unwatched = without_live_probe(facts.manual, facts.probes)
    judged += status.judge_by_hand(facts.limits, unwatched, freezing, now)
    decisive = status.worst_judged(judged)
    alert = facts.alert
    circumstances = status.RoomCircumstances(
        measured=worst is not None,
        placed=facts.has_probe,
        registered=bool(facts.limits),
        empty=facts.declared_empty and not facts.contents,
        resting=facts.resting,
        alert=alert.severity if alert else None,
        alert_is_silence=alert is not None and isinstance(alert.evidence, SilenceEvidence),
    )
    return RoomJudgement(
        state=status.room_state(judged, circumstances),
        verdict=_verdict(facts, decisive),
        excess=decisive.excess if decisive else 0.0,
        worst=worst,
        last=last,
        read=None if worst else manual_since(facts.manual, last),
        limit=limit,
        humidity=_worst_value(facts, "humidity"),
        co2=_worst_value(facts, "co2"),
    )


def _verdict(facts: RoomFacts, decisive: JudgedProbe | None) -> Verdict | None:
    """The verdict of the alert about the deciding probe, else the probe's own. A room that is inside its
    limits again keeps the verdict of its worst alert until that ends."""
    if decisive is None or decisive.verdict is None:
        return facts.alert_verdicts.get(subject_of(facts.alert)) if facts.alert else None
    condition = Condition.HIGH if decisive.high else Condition.LOW
    subject = AlertSubject(condition, decisive.metric, decisive.position_class)
    return facts.alert_verdicts.get(subject, decisive.verdict)


def _worst_value(facts: RoomFacts, metric: str) -> float | None:
    limit = air_limit(facts.limits, metric)
    worst = status.worst_probe(facts.probes, metric, PositionClass.AIR, limit)
    return worst.value if worst else None


def air_limit(limits: Iterable[Limit], metric: str) -> Limit | None:
    air = (limit for limit in limits if limit.metric == metric and limit.position_class == PositionClass.AIR)
    return next(air, None)


def latest_air(probes: Iterable[ProbeNow]) -> ProbeNow | None:
    """The latest plausible air temperature, of any age."""
    air = [
        probe
        for probe in probes
        if probe.metric == "temperature"
        and probe.position_class == PositionClass.AIR
        and not probe.flags & NOT_COUNTED
    ]
    return max(air, key=lambda probe: probe.at, default=None)


def manual_since(manual: Iterable[ProbeNow], last: ProbeNow | None) -> ProbeNow | None:
    """The latest manual air temperature; None if a probe has reported since."""
    read = latest_air(manual)
    return read if read is not None and (last is None or read.at > last.at) else None


def without_live_probe(manual: Iterable[ProbeNow], probes: Iterable[ProbeNow]) -> list[ProbeNow]:
    """Manual readings of classes without a live probe or a later report."""
    heard_at: dict[tuple[str, str], int] = {}
    for probe in probes:
        key = (probe.metric, probe.position_class)
        heard_at[key] = max(heard_at.get(key, 0), _NOW if probe.fresh else probe.at)
    return [read for read in manual if read.at > heard_at.get((read.metric, read.position_class), 0)]


def worst_alerts(alerts: Iterable[Alert]) -> dict[int, Alert]:
    """Room -> its worst open alert: critical before warning, then the oldest. Skips alerts about probes,
    which say nothing about the room."""
    worst: dict[int, Alert] = {}
    of_rooms = (alert for alert in alerts if not CONDITIONS[alert.condition].of_probe)
    for alert in sorted(of_rooms, key=lambda a: (a.severity != Severity.CRITICAL, a.since, a.id)):
        worst.setdefault(alert.room, alert)
    return worst


def device_intervals(series: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """Takes (device, usual interval in s) of each series. A device's interval is the shortest of its
    series."""
    shortest: dict[str, int | None] = {}
    for device, interval in series:
        pair = (interval, shortest.get(device))
        shortest[device] = min((seconds for seconds in pair if seconds is not None), default=None)
    return shortest


def without_freshness(probe: ProbeNow) -> ProbeNow:
    """A manual reading is never shown as current."""
    return replace(probe, fresh=False)
