"""Who is told, in which order, and when."""

from core.notifications.escalation import (
    MOST_PER_PERSON,
    NotificationKind,
    SentNotification,
    notification_order,
    pass_on,
    plan,
)
from core.people.people import Person, Role
from core.times import MINUTE_MS

NOW = 1_768_332_000_000  # 2026-01-14 03:20 in Fenyang


def person(ident: int, role: Role, phone: str | None = "13800000000", active: bool = True) -> Person:
    return Person(ident, f"人{ident}", phone, "zh", role, None, None, None, active)


def test_those_on_duty_come_first_then_managers() -> None:
    keeper, manager, admin = person(1, Role.KEEPER), person(2, Role.MANAGER), person(3, Role.ADMIN)
    assert notification_order([keeper], [admin, manager, keeper]) == [keeper, manager]
    assert notification_order([], [admin, manager, keeper]) == [manager]
    assert notification_order([manager], [manager]) == [manager]


def test_an_administrator_with_a_phone_is_told_where_there_is_no_manager() -> None:
    keeper, admin = person(1, Role.KEEPER), person(3, Role.ADMIN)
    assert notification_order([keeper], [keeper, admin]) == [keeper, admin]
    assert notification_order([], [person(2, Role.MANAGER, phone=None), admin]) == [admin]


def test_somebody_who_cannot_be_reached_is_passed_over() -> None:
    assert notification_order([person(1, Role.KEEPER, None), person(2, Role.KEEPER, active=False)], []) == []


def sent_to(*rows: tuple[int, int], status: str = "sent") -> list[SentNotification]:
    return [
        SentNotification(who, NotificationKind.FIRST, NOW + minute * MINUTE_MS, status)
        for who, minute in rows
    ]


def at(minute: int) -> int:
    return NOW + minute * MINUTE_MS


def test_it_goes_to_the_next_after_the_delay_and_not_before() -> None:
    assert plan([], [1, 2], NOW).people == (1,)
    assert plan(sent_to((1, 0)), [1, 2], at(5) - 1).people == ()
    assert plan(sent_to((1, 0)), [1, 2], at(5)).people == (2,)


def test_it_goes_to_the_next_at_once_when_the_first_could_not_be_reached() -> None:
    assert plan(sent_to((1, 0), status="failed"), [1, 2], at(0)).people == (2,)


def test_a_clock_that_is_set_back_lets_nobody_wait_until_it_has_caught_up() -> None:
    """The request was made an hour or a day ahead of what the clock says now."""
    assert plan(sent_to((1, 60)), [1, 2], at(0)).people == (2,)
    assert plan(sent_to((1, 1440), (2, 0)), [1, 2, 3], at(4)).people == ()
    assert plan(sent_to((1, 1440), (2, 0)), [1, 2, 3], at(5)).people == (3,)
    assert plan(sent_to((1, 1440), (2, 1440)), [1, 2], at(0)).people == (1, 2)


def test_an_engine_a_little_behind_its_last_request_does_not_hurry() -> None:
    assert plan(sent_to((1, 2)), [1, 2], at(0)).people == ()


def test_it_is_repeated_to_all_with_growing_gaps_and_a_cap_that_is_said_aloud() -> None:
    rows: list[tuple[int, int]] = []
    times = []
    for minute in range(600):
        due = plan(sent_to(*rows), [1, 2], at(minute))
        if due.people:
            rows += [(who, minute) for who in due.people]
            times.append(minute)
    assert times == [0, 5, 20, 50, 110]
    assert all(sum(1 for who, _ in rows if who == someone) == MOST_PER_PERSON for someone in (1, 2))
    assert plan(sent_to(*rows), [1, 2], at(600)).exhausted


def test_somebody_who_has_not_got_the_last_one_yet_gets_no_further_one() -> None:
    assert plan(sent_to((1, 0), status="queued"), [1], at(15)).people == ()


def test_an_alert_that_nobody_can_be_told_is_said_aloud() -> None:
    assert plan([], [], NOW).exhausted


def test_passing_on_goes_to_who_was_not_told_then_round_in_a_circle() -> None:
    assert pass_on(sent_to((1, 0)), [1, 2, 3], 1) == 2
    assert pass_on(sent_to((1, 0), (2, 1), (3, 2)), [1, 2, 3], 3) == 1
    assert pass_on(sent_to((1, 0), (2, 1), (3, 2)), [1, 2, 3], 1) == 2
    assert pass_on(sent_to((1, 0)), [1], 1) is None
