"""The history from which the next message is planned: who was asked, how often, and what covers the alert."""

import pytest

from core.alerts.alerts import AlertKey
from core.notifications.alert_history import AlertHistory
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.people.people import NewPerson
from core.rooms.places import NewRoom
from core.times import HOUR_MS
from store.alerts.alert_events import note_event
from store.alerts.alert_histories import histories
from store.alerts.lifecycle import activate, resolve, settle
from store.database import Databases
from store.notifications import notifications
from store.people import federation, people
from store.rooms import places
from tests.support.conditions import breach

NOW = 1_768_320_000_000


class Scene:
    """A room with alerts, and a person who is notified of them."""

    def __init__(self, dbs: Databases) -> None:
        self.dbs = dbs
        with dbs.records.write() as tx:
            site = federation.add_site(tx, NOW, "库区")
            self.room = places.add_room(tx, NOW, NewRoom(site=site, name="1号库", kind="cold_room"))
            self.person = people.add_person(
                tx, NOW, NewPerson(name="任师傅", role="keeper", phone="13800000001")
            )
        self._keys = 0

    def alert(self, condition: str = "high", at: int = NOW) -> int:
        state = breach(at - HOUR_MS, at, bound=7.0, value=8.4)
        with self.dbs.records.write() as tx:
            return activate(tx, at, AlertKey(self.room, condition, "temperature", "air"), state, "waited", {})

    def send(self, alert: int, kind: str) -> None:
        self._keys += 1
        with self.dbs.records.write() as tx:
            message = NewMessage(self.person, NotificationKind(kind), "热", str(self._keys), alert)
            notifications.queue(tx, NOW + self._keys, "sms", message)

    def note(self, alert: int, kind: str, at: int, **facts: object) -> None:
        with self.dbs.records.write() as tx:
            note_event(tx, at, alert, kind, None, **facts)

    def histories(self, only: int | None = None) -> dict[int, AlertHistory]:
        with self.dbs.records.read() as tx:
            return {history.alert.id: history for history in histories(tx, only)}


@pytest.fixture
def scene(dbs: Databases) -> Scene:
    return Scene(dbs)


def test_without_an_unsettled_alert_there_is_no_history(scene: Scene) -> None:
    assert scene.histories() == {}
    alert = scene.alert()
    with scene.dbs.records.write() as tx:
        resolve(tx, NOW, alert, "back_inside", 5.0)
    assert list(scene.histories()) == [alert], "its end must still be told"
    with scene.dbs.records.write() as tx:
        settle(tx, NOW, alert)
    assert scene.histories() == {}
    assert list(scene.histories(only=alert)) == [alert]


def test_only_messages_that_asked_somebody_to_go_are_requests(scene: Scene) -> None:
    alert = scene.alert()
    for kind in ("first", "again", "end", "taken"):
        scene.send(alert, kind)
    history = scene.histories()[alert]
    assert [request.kind for request in history.requests] == ["first", "again"]
    assert history.messages == {scene.person: 4}


def test_a_dropped_request_asked_nobody_and_still_counts_as_a_message(scene: Scene) -> None:
    alert = scene.alert()
    scene.send(alert, "first")
    with scene.dbs.records.write() as tx:
        notifications.drop_unsent(tx, NOW, alert)
    history = scene.histories()[alert]
    assert (list(history.requests), history.messages) == ([], {scene.person: 1})


def test_messages_of_alerts_do_not_mix(scene: Scene) -> None:
    first, second = scene.alert(), scene.alert("low", NOW + 1)
    scene.send(second, "first")
    by_alert = scene.histories()
    assert list(by_alert) == [first, second], "oldest first"
    assert (by_alert[first].requests, len(by_alert[second].requests)) == ([], 1)
    assert list(scene.histories(only=second)) == [second]


def test_of_each_kind_of_event_the_latest_counts(scene: Scene) -> None:
    alert = scene.alert()
    for at in (NOW + 9, NOW + 5):
        scene.note(alert, "passed_on", at)
    assert scene.histories()[alert].last_at["passed_on"] == NOW + 9


def test_a_joined_alert_names_the_one_that_covers_it_even_if_that_is_settled(scene: Scene) -> None:
    lead, joined = scene.alert(), scene.alert("low", NOW + 1)
    scene.note(joined, "joined", NOW, lead=lead)
    with scene.dbs.records.write() as tx:
        resolve(tx, NOW, lead, "back_inside", 5.0)
        settle(tx, NOW, lead)
    history = scene.histories()[joined]
    assert history.joined
    assert history.lead is not None
    assert history.lead.id == lead


def test_a_lead_that_does_not_exist_leaves_the_alert_joined_without_one(scene: Scene) -> None:
    alert = scene.alert()
    scene.note(alert, "joined", NOW, lead=999)
    history = scene.histories()[alert]
    assert (history.joined, history.lead) == (True, None)
