"""What a person reads off a thermometer wakes nobody, and is no sign of life of a probe."""

from core.alerts.alerts import Condition
from core.readings.manual_readings import NewManualReading
from store.alerts import alerts
from store.readings import manual_readings
from tests.alerts.village import Desk


def type_in(desk: Desk, value: float) -> None:
    with desk.village.dbs.journal.write() as tx:
        manual_readings.put(
            tx,
            desk.village.clock,
            NewManualReading(
                person=desk.village.keeper, room=desk.village.room, spot="door", values={"temperature": value}
            ),
        )


def conditions(desk: Desk) -> list[str]:
    with desk.village.dbs.records.read() as tx:
        return [alert.condition for alert in alerts.open_alerts(tx)]


def test_it_raises_no_alert_however_bad_it_is(desk: Desk) -> None:
    for _ in range(45):
        type_in(desk, 25.0)
        desk.minutes(1, a=5.0)
    assert conditions(desk) == []


def test_it_ends_no_alert_either(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    assert conditions(desk) == [Condition.HIGH]
    for _ in range(45):
        type_in(desk, 5.0)
        desk.minutes(1, a=8.0)
    assert conditions(desk) == [Condition.HIGH]


def test_a_dead_probe_is_called_silent_while_a_person_reads(desk: Desk) -> None:
    desk.minutes(30, a=5.0)
    for _ in range(65):
        type_in(desk, 5.0)
        desk.village.seconds(desk.engine, 60)
    assert conditions(desk) == [Condition.SILENT]
