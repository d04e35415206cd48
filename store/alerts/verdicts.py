"""The verdict of an alert, the same for SMS, board, API and papers.

It is derived from the goods and limits stored when the alert began, and from the worst value since. So a
room that was close to freezing keeps that verdict until the alert ends.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from core.alerts.alerts import Alert, Condition
from core.alerts.evidence import BoundEvidence
from core.metrics import Verdict
from core.rooms.limits import Limit
from core.rooms.verdicts import freezing_point
from core.rooms.verdicts import verdict_of as verdict_of_value
from store.alerts.alerts import goods_by_alert
from store.catalogue.produce import freezing_points
from store.rooms.limits import history, in_force


def verdict_of(tx: Connection, alert: Alert) -> Verdict | None:
    """None if the alert has no limit (silence, a faulty probe), or its metric has no verdicts."""
    return next((verdict for _, verdict in verdicts(tx, [alert])), None)


def verdicts(tx: Connection, alerts: Iterable[Alert]) -> list[tuple[Alert, Verdict | None]]:
    """The verdicts of those alerts that have a limit."""
    about_limits = [(alert, alert.evidence) for alert in alerts if isinstance(alert.evidence, BoundEvidence)]
    if not about_limits:
        return []
    points = freezing_points(tx)
    limits: dict[int, list[Limit]] = {room: history(tx, room) for room in {a.room for a, _ in about_limits}}
    goods = goods_by_alert(tx, [alert.id for alert, _ in about_limits])
    return [
        (
            alert,
            verdict_of_value(
                alert.metric,
                evidence.worst,
                freezing_point(
                    in_force(limits[alert.room], alert.activated_at), goods.get(alert.id, {}), points
                ),
                high=alert.condition == Condition.HIGH,
            ),
        )
        for alert, evidence in about_limits
    ]
