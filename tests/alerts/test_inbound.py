"""What an answer does, once."""

import pytest
from sqlalchemy import select

from core.alerts.alerts import AlertStatus
from core.times import HOUR_MS
from store.alerts import alerts
from store.alerts.alert_events import events
from store.notifications.tables import inbound
from tests.alerts.village import BY_DAY, KEEPER, MANAGER, SECOND, Desk


def effects(desk: Desk) -> list[str]:
    with desk.village.dbs.records.read() as tx:
        return list(tx.execute(select(inbound.c.effect).order_by(inbound.c.id)).scalars())


def status(desk: Desk, ident: int = 1) -> str:
    with desk.village.dbs.records.read() as tx:
        alert = alerts.alert(tx, ident)
    assert alert is not None
    return alert.status


@pytest.mark.parametrize("text", ["1", "１", " 1 ", "收到", "我去"])
def test_one_acknowledges_the_alert_that_was_told(desk: Desk, text: str) -> None:
    desk.minutes(31, a=8.0)
    desk.answer(KEEPER, text)
    assert status(desk) == AlertStatus.ACKNOWLEDGED
    with desk.village.dbs.records.read() as tx:
        alert = alerts.alert(tx, 1)
        assert alert is not None
        assert alert.acknowledged_by == desk.village.keeper
        assert {e.kind: e.facts for e in events(tx, 1)}["acknowledged"] == {"via": "sms"}


def test_the_same_answer_read_twice_has_its_effect_once(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    desk.answer(KEEPER, "2")
    desk.phones.answers.append(desk.phones.answers[0]._replace())
    again = desk.inbox
    for _ in range(3):
        again.step(desk.village.clock)
    assert effects(desk) == ["passed_on"]
    assert len(desk.phones.to(SECOND)) == 1


def test_two_passes_it_on_at_once(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    desk.answer(KEEPER, "2")
    assert desk.phones.to(SECOND)[0].startswith("任师傅换人,转到你了:2号库太热8.0度")
    assert desk.phones.to(KEEPER)[-1] == "好,2号库转给李师傅了。"
    desk.answer(SECOND, "换人")
    assert desk.phones.to(MANAGER)[0].startswith("李师傅换人,转到你了:")
    assert status(desk) == AlertStatus.ACTIVE


def test_who_goes_may_change_their_mind(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    desk.answer(KEEPER, "1")
    desk.answer(KEEPER, "2")
    assert status(desk) == AlertStatus.ACTIVE
    assert len(desk.phones.to(SECOND)) == 1
    desk.answer(SECOND, "1")
    assert desk.phones.to(KEEPER)[-1] == "2号库太热:李师傅说我去。"


def test_who_comes_too_late_hears_who_goes(desk: Desk) -> None:
    desk.minutes(37, a=8.0)
    desk.answer(SECOND, "1")
    desk.answer(KEEPER, "1")
    assert effects(desk) == ["acknowledged", "already_taken"]
    assert desk.phones.to(KEEPER)[-1] == "2号库:李师傅已经去了。"


def test_of_two_alerts_the_newest_is_meant_and_the_other_is_named(desk: Desk) -> None:
    desk.village.probe("b", desk.village.another_room("3号库"))
    desk.minutes(31, a=8.0, b=5.0)
    desk.minutes(31, a=8.0, b=8.0)
    desk.answer(KEEPER, "1")
    assert (status(desk, 1), status(desk, 2)) == (AlertStatus.ACTIVE, AlertStatus.ACKNOWLEDGED)
    assert "还有1处没人去,再回1" in desk.phones.to(KEEPER)[-1]
    desk.answer(KEEPER, "1")
    assert status(desk, 1) == AlertStatus.ACKNOWLEDGED


def test_anything_else_gets_one_polite_help_text_and_not_a_second_one(desk: Desk) -> None:
    for text in ("你是谁", "???", "在吗"):
        desk.answer(KEEPER, text)
    assert desk.phones.to(KEEPER) == ["没看懂。你去就回1,换人就回2。"]
    assert effects(desk) == ["not_understood", "not_understood_again", "not_understood_again"]
    desk.village.clock += 2 * HOUR_MS
    desk.answer(KEEPER, "在吗")
    assert len(desk.phones.to(KEEPER)) == 2


def test_an_unknown_phone_is_recorded_and_gets_nothing(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    desk.answer("10086", "1")
    desk.answer("spam!", "1")
    assert effects(desk) == ["unknown_phone", "unknown_phone"]
    assert status(desk) == AlertStatus.ACTIVE
    assert len(desk.phones.got) == 1


def test_an_answer_without_anything_open_says_so(desk: Desk) -> None:
    desk.answer(KEEPER, "1")
    assert desk.phones.to(KEEPER) == ["现在没有等人去的事。"]


def test_a_number_with_the_countrys_code_is_the_same_person(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    desk.answer("+86" + KEEPER, "1")
    assert status(desk) == AlertStatus.ACKNOWLEDGED


def test_nobody_left_to_pass_it_to_is_said(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    for _ in range(12):
        for phone in (KEEPER, SECOND, MANAGER):
            desk.answer(phone, "2")
    assert "nobody_else" in effects(desk)
    assert all(sum("转到你了" in text for text in desk.phones.to(p)) <= 4 for p in (KEEPER, SECOND, MANAGER))


def test_an_answer_means_the_room_that_waits_and_not_a_probe_that_was_told_by_day(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    village.probe("b", village.room, "back")
    for _ in range(33):
        village.say(a=8.0, b=4.0)
        village.seconds(desk.engine, 60, 15)
        desk.mail()
    for _ in range(33):
        village.say(a=8.0)
        village.seconds(desk.engine, 60, 15)
        desk.mail()
    with village.dbs.records.read() as tx:
        alert_ids = {alert.condition: alert.id for alert in alerts.open_alerts(tx)}
    assert set(alert_ids) == {"high", "probe_silent"}
    desk.answer(KEEPER, "1")
    assert (status(desk, alert_ids["high"]), status(desk, alert_ids["probe_silent"])) == (
        "acknowledged",
        "active",
    )
