import pytest

from core.people.people import Role
from tests.web.builders import EN, ZH, form, page_of, person
from web.people.people_view import (
    NAME_MOST,
    check_account,
    check_person,
    masked,
    role_choices,
    with_hashed_secrets,
)

KEEPER = {"name": "任师傅", "role": "keeper", "phone": "13800005678"}


def wrong(**fields: str) -> dict[str, str]:
    typed = form(**{**KEEPER, **fields})
    check_person(typed, ZH)
    return typed.errors


def test_a_keeper_with_a_phone_needs_no_account() -> None:
    assert wrong() == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * (NAME_MOST + 1)}, "name"),
        ({"role": ""}, "role"),
        ({"role": "clerk"}, "cooperative"),
        ({"phone": ""}, "phone"),
        ({"username": "ren"}, "password"),
        ({"password": "12345678"}, "username"),
        ({"username": "ren", "password": "1234567", "again": "1234567"}, "password"),
        ({"username": "ren", "password": "12345678", "again": "12345679"}, "again"),
        ({"username": "u" * (NAME_MOST + 1), "password": "12345678", "again": "12345678"}, "username"),
    ],
)
def test_what_is_missing_is_said_at_its_field(fields: dict[str, str], field: str) -> None:
    assert field in wrong(**fields)


def test_somebody_without_a_phone_can_have_an_account_instead() -> None:
    assert wrong(phone="", username="ren", password="12345678", again="12345678") == {}


def test_an_account_is_refused_in_the_reader_s_language() -> None:
    typed = form(username="", password="1234567")
    check_account(typed, EN)
    assert all(sentence.isascii() for sentence in typed.errors.values())
    assert set(typed.errors) == {"username", "password"}


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        (None, ""),
        ("", ""),
        ("13800005678", "138****5678"),
        ("12345678", "********"),
        ("+8613800005678", "+86****5678"),
    ],
)
def test_a_phone_is_masked_beyond_ringing_it(phone: str | None, shown: str) -> None:
    assert masked(phone) == shown


def test_only_an_administrator_is_offered_administrators() -> None:
    offered = {role for role, _, _ in role_choices(page_of(person(Role.MANAGER)))}
    assert Role.ADMIN not in offered
    assert Role.ADMIN in {role for role, _, _ in role_choices(page_of(person(Role.ADMIN)))}


def test_the_checksum_of_a_form_does_not_give_its_password_away() -> None:
    names = ("key", "name")
    first = with_hashed_secrets(form(key="k" * 16, name="任师傅", password="12345678"), names)
    again = with_hashed_secrets(form(key="k" * 16, name="任师傅", password="12345678"), names)
    other = with_hashed_secrets(form(key="k" * 16, name="任师傅", password="12345679"), names)
    assert first.digest() == again.digest() != other.digest()
    assert "12345678" not in first["password"]


def test_the_same_password_on_another_form_has_another_checksum() -> None:
    first, two = (with_hashed_secrets(form(key=key * 16, password="12345678"), ()) for key in "ab")
    assert first["password"] != two["password"]
