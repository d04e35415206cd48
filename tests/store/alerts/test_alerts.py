"""What people may do about an alert, and what stays written about it."""

import pytest

from core.alerts.alerts import Alert, AlertKey, AlertStatus, Severity
from core.alerts.evidence import SilenceEvidence
from core.alerts.judging import ConditionState
from core.errors import Refused
from core.people.people import NewPerson
from core.rooms.places import NewRoom
from core.times import HOUR_MS
from store.alerts import alerts
from store.alerts.alert_events import events
from store.alerts.lifecycle import acknowledge, activate, close, resolve
from store.database import Databases
from store.journal import offsets
from store.notifications import roster
from store.people import federation, people
from store.rooms import places
from tests.support.conditions import breach

NOW = 1_768_320_000_000


class Cast:
    def __init__(self, dbs: Databases) -> None:
        with dbs.records.write() as tx:
            self.site = federation.add_site(tx, NOW, "古池库区")
            self.room = places.add_room(tx, NOW, NewRoom(site=self.site, name="2号库", kind="cold_room"))
            self.keeper = people.add_person(
                tx, NOW, NewPerson(name="任师傅", role="keeper", phone="13800000001")
            )
            self.second = people.add_person(
                tx, NOW, NewPerson(name="李师傅", role="keeper", phone="13800000002")
            )


@pytest.fixture
def cast(dbs: Databases) -> Cast:
    return Cast(dbs)


def raised(dbs: Databases, cast: Cast, severity: Severity = Severity.WARNING) -> int:
    state = breach(NOW - HOUR_MS, NOW, bound=7.0, value=8.4, worst=9.1, severity=severity)
    with dbs.records.write() as tx:
        return activate(tx, NOW, AlertKey(cast.room, "high", "temperature", "air"), state, "waited", {})


def test_acknowledging_twice_changes_nothing_and_a_second_person_hears_who_goes(
    dbs: Databases, cast: Cast
) -> None:
    ident = raised(dbs, cast)
    with dbs.records.write() as tx:
        first = acknowledge(tx, NOW, ident, cast.keeper, "page")
        assert (first.status, first.acknowledged_by) == (AlertStatus.ACKNOWLEDGED, cast.keeper)
        assert acknowledge(tx, NOW + 1, ident, cast.keeper, "page") == first
        with pytest.raises(Refused, match="任师傅已经去了") as caught:
            acknowledge(tx, NOW, ident, cast.second, "sms")
        assert caught.value.reason == "already_acknowledged"
        assert [e.kind for e in events(tx, ident)] == ["activated", "acknowledged"]


def test_what_is_over_cannot_be_acknowledged(dbs: Databases, cast: Cast) -> None:
    ident = raised(dbs, cast)
    with dbs.records.write() as tx:
        resolve(tx, NOW, ident, "back_inside", 5.0)
        with pytest.raises(Refused) as caught:
            acknowledge(tx, NOW, ident, cast.keeper, "page")
        assert caught.value.reason == "not_open"
        with pytest.raises(Refused) as caught:
            acknowledge(tx, NOW, ident + 1, cast.keeper, "page")
        assert caught.value.reason == "no_such_alert"


@pytest.mark.parametrize(("cause", "action"), [(None, None), ("门没关", " "), ("", "关了门")])
def test_a_critical_alert_closes_only_when_it_is_over_and_with_cause_and_action(
    dbs: Databases, cast: Cast, cause: str | None, action: str | None
) -> None:
    ident = raised(dbs, cast, Severity.CRITICAL)
    with dbs.records.write() as tx:
        with pytest.raises(Refused) as caught:
            close(tx, NOW, ident, cast.keeper, cause, action)
        assert caught.value.reason == "cause_and_action"
        with pytest.raises(Refused) as caught:
            close(tx, NOW, ident, cast.keeper, "门没关", "关了门")
        assert caught.value.reason == "still_critical"
        resolve(tx, NOW, ident, "back_inside", 5.0)
        closed = close(tx, NOW, ident, cast.keeper, "门没关", "关了门")
        assert (closed.status, closed.cause, closed.action) == (AlertStatus.CLOSED, "门没关", "关了门")
        with pytest.raises(Refused) as caught:
            close(tx, NOW, ident, cast.keeper, "门没关", "关了门")
        assert caught.value.reason == "already_closed"


def test_a_critical_alert_of_a_room_that_no_probe_shows_may_be_ended_by_a_person(
    dbs: Databases, cast: Cast
) -> None:
    ident = raised(dbs, cast, Severity.CRITICAL)
    silence = SilenceEvidence(9.0, "door", quiet_minutes=10.0, last_value=9.0, last_at=NOW)
    state = ConditionState(since=NOW, severity=Severity.WARNING, evidence=silence)
    with dbs.records.write() as tx:
        silent = activate(tx, NOW, AlertKey(cast.room, "silent", "temperature", ""), state, "quiet", {})
        with pytest.raises(Refused) as caught:
            close(tx, NOW, ident, cast.keeper, "探头坏了", "")
        assert caught.value.reason == "cause_and_action"
        assert close(tx, NOW, ident, cast.keeper, "探头坏了", "看了温度计").status == AlertStatus.CLOSED
        resolve(tx, NOW, silent, "heard_again", 4.0)
    again = raised(dbs, cast, Severity.CRITICAL)
    with dbs.records.write() as tx, pytest.raises(Refused):
        close(tx, NOW, again, cast.keeper, "探头坏了", "看了温度计")


def test_the_end_is_when_the_trouble_was_over_and_not_when_that_was_known(dbs: Databases, cast: Cast) -> None:
    ident = raised(dbs, cast)
    with dbs.records.write() as tx:
        resolve(tx, NOW, ident, "back_inside", 5.0, NOW - 1)
        ended = alerts.alert(tx, ident)
        assert ended is not None
        assert ended.resolved_at == NOW - 1
        assert events(tx, ident)[-1].at == NOW


def test_a_warning_closes_without_words(dbs: Databases, cast: Cast) -> None:
    ident = raised(dbs, cast)
    with dbs.records.write() as tx:
        assert close(tx, NOW, ident, cast.keeper).settled_at == NOW


def test_alerts_are_listed_newest_first_page_by_page(dbs: Databases, cast: Cast) -> None:
    made = [raised(dbs, cast) for _ in range(5)]

    def ids(listed: list[Alert]) -> list[int]:
        return [alert.id for alert in listed]

    with dbs.records.write() as tx:
        assert ids(alerts.alerts(tx, limit=2)) == made[:2:-1]
        assert ids(alerts.alerts(tx, limit=2, before_id=made[3])) == [made[2], made[1]]
        resolve(tx, NOW, made[0], "back_inside", None)
        assert ids(alerts.alerts(tx, status=AlertStatus.RESOLVED)) == [made[0]]
        assert ids(alerts.open_alerts(tx)) == made[:0:-1]
        assert alerts.alerts(tx, room=cast.room + 1) == []


def test_duty_is_told_in_the_order_in_which_it_was_entered(dbs: Databases, cast: Cast) -> None:
    with dbs.records.write() as tx:
        roster.add_duty(tx, NOW, cast.site, cast.second, NOW - HOUR_MS, NOW + HOUR_MS)
        roster.add_duty(tx, NOW, cast.site, cast.keeper, NOW - 2 * HOUR_MS, NOW + HOUR_MS)
        later = roster.add_duty(tx, NOW, cast.site, cast.keeper, NOW + HOUR_MS, NOW + 2 * HOUR_MS)
        assert [p.id for p in roster.on_duty(tx, cast.site, NOW)] == [cast.second, cast.keeper]
        assert [p.id for p in roster.on_duty(tx, cast.site, NOW + HOUR_MS)] == [cast.keeper]
        assert roster.on_duty(tx, cast.site, NOW + 2 * HOUR_MS) == []
        roster.remove_duty(tx, NOW, later)
        assert [d.person for d in roster.duties(tx, start=NOW + HOUR_MS)] == []
        with pytest.raises(Refused):
            roster.add_duty(tx, NOW, cast.site, cast.keeper, NOW, NOW)


def test_a_position_moves_only_from_where_it_stands(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        assert offsets.advance(tx, "engine", 0, 5, NOW)
        assert not offsets.advance(tx, "engine", 0, 7, NOW)
        assert not offsets.advance(tx, "other", 3, 7, NOW)
        assert offsets.advance(tx, "engine", 5, 9, NOW)
        assert offsets.offset(tx, "engine") == 9
