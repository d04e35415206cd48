"""What is told of an alert, sentence by sentence."""

from functools import partial

from core.times import HOUR_MS, MINUTE_MS
from store.alerts import alert_events, alerts, lifecycle
from tests.web.builders import EN, NOW, ZH, ZONE, person
from tests.web.scene import Scene
from web.alerts.alert_timeline import SHORT, alert_timeline, recent_alert_lines, state_key
from web.alerts.phone_call import phone_call
from web.base.names import short_people_names


def timeline(scene: Scene, lang: str = "zh", kinds: frozenset[str] | None = None) -> list[str]:
    """Of the room that freezes."""
    with scene.dbs.records.read() as tx:
        (freezing,) = alerts.open_alerts(tx)
        names = short_people_names(tx)
        words = EN if lang == "en" else ZH
        moment = partial(words.moment, now=NOW, zone=ZONE)
        more = {} if kinds is None else {"kinds": kinds}
        return list(alert_timeline(tx, words, freezing, "3号库", names, moment, **more))


def ident(scene: Scene) -> int:
    with scene.dbs.records.read() as tx:
        return alerts.open_alerts(tx)[0].id


def test_it_says_in_order_what_happened_and_who_was_told(scene: Scene) -> None:
    first, *rest = timeline(scene)
    assert first.startswith("3:12 3号库↓")
    assert rest == ["3:12 告诉任师傅", "3:17 告诉李师傅"]


def test_who_goes_who_cannot_and_how_it_ended_are_told(scene: Scene) -> None:
    alert, keeper = ident(scene), scene.people["keeper"]
    with scene.dbs.records.write() as tx:
        lifecycle.acknowledge(tx, NOW, alert, keeper, "page")
        lifecycle.hand_back(tx, NOW, alert, keeper, "page")
    assert timeline(scene)[-2:] == ["3:19 任师傅：我去", "3:19 任师傅：去不了"]


def test_an_end_that_nobody_saw_is_not_called_good(scene: Scene) -> None:
    alert = ident(scene)
    with scene.dbs.records.write() as tx:
        for reason in ("probe_silent", "probe_doubted", "limits_changed", "room_empty", "back_inside"):
            alert_events.note_event(tx, NOW, alert, "resolved", None, reason=reason, value=1.0)
    lines = timeline(scene)[-5:]
    assert [sentence.endswith("好了") for sentence in lines] == [False, False, False, False, True]
    assert "好没好不知道" in lines[0]
    assert "好没好不知道" in lines[1]


def test_the_board_tells_less_than_the_page_of_the_alerts(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        lifecycle.acknowledge(tx, NOW, ident(scene), scene.people["keeper"], "page")
        lifecycle.hand_back(tx, NOW, ident(scene), scene.people["keeper"], "page")
    assert len(timeline(scene, kinds=SHORT)) == len(timeline(scene)) - 1


def test_somebody_unknown_leaves_the_sentence_whole(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        alert_events.note_event(tx, NOW, ident(scene), "told", None, person=999)
        alert_events.note_event(tx, NOW, ident(scene), "something_new", None)
    assert timeline(scene)[-1] == "3:19 告诉"


def test_it_is_told_in_english_too(scene: Scene) -> None:
    assert not any("告诉" in sentence for sentence in timeline(scene, "en"))


def test_only_what_is_open_or_happened_lately_stands_on_the_board(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        (line,) = recent_alert_lines(tx, ZH, NOW)
        assert line.startswith("3:12 3号库↓")
        assert len(recent_alert_lines(tx, ZH, NOW - 20 * HOUR_MS)) == 2


def test_the_key_of_a_button_changes_with_every_event_and_differs_by_page(scene: Scene) -> None:
    alert = ident(scene)
    with scene.dbs.records.write() as tx:
        before = state_key(tx, alert, "list")
        assert before == state_key(tx, alert, "list") != state_key(tx, alert, "room")
        alert_events.note_event(tx, NOW + MINUTE_MS, alert, "told", None, person=scene.people["manager"])
        assert state_key(tx, alert, "list") != before


def test_nobody_is_telephoned_where_nobody_is_on_duty() -> None:
    assert phone_call(None) is None


def test_a_call_names_a_person_without_the_demo_s_mark_and_may_lack_a_number() -> None:
    call = phone_call(person(name="任师傅（演示）", phone=None))
    assert call is not None
    assert (call.name, call.phone) == ("任师傅", "")
