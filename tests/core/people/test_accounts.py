import pytest

from core.errors import Refused
from core.people.accounts import check_new_password, fit_for_duty, may_assign, may_change
from core.people.people import Person, Role


def someone(role: Role, *, phone: str | None = "13800005678", active: bool = True) -> Person:
    return Person(1, "任师傅", phone, "zh", role, None, None, None, active)


ADMIN, MANAGER, KEEPER = someone(Role.ADMIN), someone(Role.MANAGER), someone(Role.KEEPER)


def test_a_manager_cannot_touch_an_administrator() -> None:
    assert may_change(MANAGER, KEEPER)
    assert not may_change(MANAGER, ADMIN)
    assert may_change(ADMIN, ADMIN)


def test_a_keeper_changes_nobody_and_a_guest_neither() -> None:
    assert not may_change(KEEPER, KEEPER)
    assert not may_change(None, KEEPER)


def test_an_administrator_who_left_changes_nobody() -> None:
    assert not may_change(someone(Role.ADMIN, active=False), KEEPER)


def test_a_manager_cannot_make_an_administrator() -> None:
    assert may_assign(MANAGER, Role.KEEPER)
    assert not may_assign(MANAGER, Role.ADMIN)
    assert may_assign(ADMIN, Role.ADMIN)
    assert not may_assign(None, Role.KEEPER)


@pytest.mark.parametrize(
    ("password", "repeated", "reason"),
    [
        ("", "", "password_too_short"),
        ("1234567", "1234567", "password_too_short"),
        ("12345678", "12345679", "passwords_differ"),
    ],
)
def test_a_short_or_mistyped_password_is_refused(password: str, repeated: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        check_new_password(password, repeated)
    assert refused.value.reason == reason


def test_eight_characters_are_enough_also_in_chinese() -> None:
    check_new_password("土豆要放好二〇二六", "土豆要放好二〇二六")


@pytest.mark.parametrize(
    "person",
    [
        someone(Role.KEEPER, phone=None),
        someone(Role.KEEPER, phone=""),
        someone(Role.KEEPER, active=False),
        someone(Role.CLERK),
        someone(Role.VIEWER),
    ],
)
def test_nobody_is_on_duty_who_cannot_be_told_or_cannot_accept(person: Person) -> None:
    assert not fit_for_duty(person)


def test_a_keeper_with_a_phone_can_be_on_duty() -> None:
    assert fit_for_duty(KEEPER)
