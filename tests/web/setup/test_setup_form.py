from typing import Any

import pytest

from core.rooms.places import RoomKind
from tests.web.builders import ZH, form
from web.base.forms import SubmittedForm
from web.setup.setup_form import ROOMS_MOST, check_first_step, check_second_step, read_setup

FIRST: dict[str, Any] = {
    "name": "万宝山联合社",
    "village": ["交口村", "古池村", ""],
    "code": ["141182999201", "", ""],
    "coop": ["", "古池蔬菜合作社", ""],
    "cold": "2",
    "sheds": "1",
}
ADMIN: dict[str, Any] = {"person": "周工", "username": "admin", "password": "12345678", "again": "12345678"}


def filled(**fields: str | list[str]) -> SubmittedForm:
    return form(**{**FIRST, **fields})


def first_errors(**fields: str | list[str]) -> dict[str, str]:
    typed = filled(**fields)
    check_first_step(typed, read_setup(typed, ZH), ZH)
    return typed.errors


def second_errors(*, with_admin: bool = True, **fields: Any) -> dict[str, str]:
    typed = filled(**{**ADMIN, **fields})
    check_second_step(typed, read_setup(typed, ZH), ZH, with_admin=with_admin)
    return typed.errors


def test_empty_rows_of_villages_are_left_out() -> None:
    assert [row.name for row in read_setup(filled(), ZH).villages] == ["交口村", "古池村"]


def test_a_village_without_a_cooperative_gets_one_of_its_name() -> None:
    assert read_setup(filled(), ZH).cooperatives == ["交口村合作社", "古池蔬菜合作社"]


def test_rooms_are_numbered_until_somebody_names_them() -> None:
    rooms = read_setup(filled(**{"cold-1-name": "老窑", "cold-1-tonnes": "20"}), ZH).rooms
    assert [(room.name, room.kind) for room in rooms] == [
        ("1号库", RoomKind.COLD_ROOM),
        ("老窑", RoomKind.COLD_ROOM),
        ("1号棚", RoomKind.MUSHROOM_SHED),
    ]
    assert rooms[1].tonnes == "20"


def test_nobody_builds_a_million_rooms_by_a_slip() -> None:
    assert len(read_setup(filled(cold="1000000"), ZH).rooms) == ROOMS_MOST + 1


def test_a_number_of_rooms_that_is_none_counts_as_none() -> None:
    assert len(read_setup(filled(cold="两个"), ZH).rooms) == 1


def test_a_complete_first_step_has_no_errors() -> None:
    assert first_errors() == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"signature": "长" * 13}, "signature"),
        ({"village": ["", "", ""]}, "village"),
        ({"village": ["交口村", "交口村", ""]}, "village"),
        ({"code": ["1411829992", "", ""]}, "village"),
        ({"cold": "0", "sheds": "0"}, "cold"),
    ],
)
def test_what_is_wrong_in_the_first_step_is_said_at_its_field(
    fields: dict[str, str | list[str]], field: str
) -> None:
    assert field in first_errors(**fields)


def test_a_complete_second_step_has_no_errors() -> None:
    tonnes: dict[str, Any] = {"cold-0-tonnes": "20吨", "cold-1-tonnes": "0.5"}
    assert second_errors(**tonnes) == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cold-1-name": "1号库"}, "rooms"),
        ({"cold-0-tonnes": "很多"}, "rooms"),
        ({"person": ""}, "person"),
        ({"username": ""}, "username"),
        ({"password": "1234567", "again": "1234567"}, "password"),
        ({"again": "12345679"}, "again"),
    ],
)
def test_what_is_wrong_in_the_second_step_is_said_at_its_field(fields: dict[str, Any], field: str) -> None:
    assert field in second_errors(**fields)


def test_an_administrator_who_is_signed_in_types_no_account_again() -> None:
    assert second_errors(with_admin=False, person="", username="", password="", again="") == {}
