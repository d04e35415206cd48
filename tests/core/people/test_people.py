import pytest

from core.errors import Refused
from core.people.people import PERMISSIONS, Person, Role, has_permission, plain_phone, visible_cooperative


def someone(role: Role, cooperative: int | None = None, active: bool = True) -> Person:
    return Person(1, "任师傅", None, "zh", role, cooperative, None, None, active)


def test_an_administrator_may_everything_and_a_manager_all_but_that() -> None:
    assert all(has_permission(someone(Role.ADMIN), permission) for permission in PERMISSIONS)
    assert {p for p in PERMISSIONS if not has_permission(someone(Role.MANAGER), p)} == {"administer"}


def test_a_clerk_writes_stock_and_does_not_see_that_of_others() -> None:
    clerk = someone(Role.CLERK, 7)
    assert has_permission(clerk, "write_stock")
    assert not has_permission(clerk, "see_all_lots")
    assert visible_cooperative(clerk) == 7


def test_a_keeper_sees_every_lot_and_sets_no_limits() -> None:
    keeper = someone(Role.KEEPER, 7)
    assert visible_cooperative(keeper) is None
    assert not has_permission(keeper, "set_limits")


def test_whoever_sees_no_lots_is_refused_instead_of_seeing_all() -> None:
    for nobody in (someone(Role.VIEWER), someone(Role.TECHNICIAN, 7), someone(Role.CLERK)):
        with pytest.raises(Refused):
            visible_cooperative(nobody)


def test_who_left_may_nothing() -> None:
    assert not any(
        has_permission(someone(Role.ADMIN, active=False), permission) for permission in PERMISSIONS
    )


def test_a_permission_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        has_permission(someone(Role.ADMIN), "fly")


@pytest.mark.parametrize("wrong", ["", "12", "1381234567x", "1" * 16])
def test_it_refuses_what_is_no_number(wrong: str) -> None:
    with pytest.raises(Refused):
        plain_phone(wrong)


def test_full_width_digits_are_digits() -> None:
    assert plain_phone("１３８１２３４５６７８") == "13812345678"
