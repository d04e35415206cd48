"""A gateway that dies blinds many rooms and wakes a person once."""

from core.alerts.alerts import AlertStatus
from store.alerts import alerts
from tests.alerts.village import BY_DAY, KEEPER, SECOND, Desk

ROOMS = 6


def blind(desk: Desk) -> dict[str, float]:
    """Six rooms report for ten minutes, then all fall silent for twelve; what they had said."""
    for number in range(3, 3 + ROOMS - 1):
        desk.village.probe(f"p{number}", desk.village.another_room(f"{number}号库"))
    values = {"a": 5.0} | {f"p{number}": 5.0 for number in range(3, 3 + ROOMS - 1)}
    for _ in range(10):
        desk.village.say(**values)
        desk.village.seconds(desk.engine, 60)
    desk.village.seconds(desk.engine, 12 * 60)
    desk.mail()
    return values


def statuses(desk: Desk) -> set[str]:
    with desk.village.dbs.records.read() as tx:
        return {alert.status for alert in alerts.alerts(tx)}


def test_rooms_that_fall_silent_together_are_one_text(desk: Desk) -> None:
    blind(desk)
    [text] = desk.phones.to(KEEPER)
    assert text.startswith("古池库区没数,6个库看不见,库里情况不明")
    with desk.village.dbs.records.read() as tx:
        assert len(alerts.open_alerts(tx)) == ROOMS


def test_one_answer_takes_all_of_them(desk: Desk) -> None:
    blind(desk)
    desk.answer(KEEPER, "1")
    desk.village.seconds(desk.engine, 10 * 60)
    desk.mail()
    assert statuses(desk) == {AlertStatus.ACKNOWLEDGED}
    assert desk.phones.to(SECOND) == []


def test_without_an_answer_only_the_one_text_goes_on_to_the_next(desk: Desk) -> None:
    blind(desk)
    desk.village.seconds(desk.engine, 6 * 60)
    desk.mail()
    [text] = desk.phones.to(SECOND)
    assert text.startswith("没人接,转到你了:古池库区没数,6个库看不见")


def test_rooms_that_come_back_one_after_the_other_do_not_wake_anybody_again(desk: Desk) -> None:
    desk.village.clock = BY_DAY
    values = blind(desk)
    for device, value in values.items():
        desk.village.say(**{device: value})
        desk.village.seconds(desk.engine, 20)
        desk.mail()
    desk.village.seconds(desk.engine, 60)
    desk.mail()
    assert statuses(desk) == {AlertStatus.RESOLVED}
    assert len(desk.phones.to(KEEPER)) == 2
    assert "又有数了" in desk.phones.to(KEEPER)[-1]
    with desk.village.dbs.records.read() as tx:
        assert alerts.unsettled(tx) == []


def test_a_room_that_stays_silent_when_the_first_is_back_is_told_on_its_own(desk: Desk) -> None:
    blind(desk)
    for _ in range(7):
        desk.village.say(a=5.0, p3=5.0, p4=5.0, p5=5.0, p6=5.0)
        desk.village.seconds(desk.engine, 60)
        desk.mail()
    assert any("7号库没数" in text for text in desk.phones.to(KEEPER))
