"""试响: everybody who may be woken gets a text, and a 1 is heard without taking any alert over."""

from sqlalchemy import select

from alerts import contact_check
from core.times import DAY_MS, MINUTE_MS
from store.notifications.tables import inbound
from store.patrols.pre_opening_checks import contact_check_results, on_duty_soon
from tests.alerts.village import KEEPER, MANAGER, SECOND, Desk


def ring(desk: Desk, key: str = "tap") -> int:
    with desk.village.dbs.records.write() as tx:
        now = desk.village.clock
        return contact_check.queue_test_messages("pretend", tx, now, on_duty_soon(tx, now), key)


def effects(desk: Desk) -> list[str]:
    with desk.village.dbs.records.read() as tx:
        return list(tx.execute(select(inbound.c.effect).order_by(inbound.c.id)).scalars())


def answered(desk: Desk) -> dict[str, bool]:
    with desk.village.dbs.records.read() as tx:
        return {trial.person.name: trial.answered for trial in contact_check_results(tx, desk.village.clock)}


def send(desk: Desk) -> None:
    while desk.outbox.step(desk.village.clock):
        pass


def test_who_will_be_on_duty_is_rung_once_however_often_it_is_pressed(desk: Desk) -> None:
    assert ring(desk) == 2
    assert ring(desk) == 0
    assert ring(desk, "another press") == 0, "not again within five minutes"
    send(desk)
    assert [len(desk.phones.to(phone)) for phone in (KEEPER, SECOND, MANAGER)] == [1, 1, 0]
    assert "没出事" in desk.phones.to(KEEPER)[0]
    desk.village.clock += 6 * MINUTE_MS
    assert ring(desk, "later") == 2


def test_an_answer_is_heard_and_thanked_once(desk: Desk) -> None:
    ring(desk)
    send(desk)
    assert answered(desk) == {"任师傅": False, "李师傅": False}
    desk.village.clock += MINUTE_MS
    desk.answer(KEEPER, "1")
    desk.answer(KEEPER, "1")
    send(desk)
    assert effects(desk) == ["trial_heard", "trial_heard_again"]
    assert [text for text in desk.phones.to(KEEPER) if "没问题" in text]
    assert answered(desk) == {"任师傅": True, "李师傅": False}


def test_a_day_later_a_one_is_about_nothing(desk: Desk) -> None:
    ring(desk)
    desk.village.clock += DAY_MS + MINUTE_MS
    desk.answer(KEEPER, "1")
    assert effects(desk) == ["nothing_open"]


def test_while_something_is_wrong_a_one_means_going(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    ring(desk)
    desk.answer(KEEPER, "1")
    assert effects(desk) == ["acknowledged"]
