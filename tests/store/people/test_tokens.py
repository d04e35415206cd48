"""Sessions and API tokens: what must end, ends; nobody else's does."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, func, select

from core.people.people import NewPerson
from core.times import DAY_MS
from store.database import Databases
from store.people import people
from store.people.tables import tokens

NOW = 1_800_000_000_000


@pytest.fixture
def tx(dbs: Databases) -> Iterator[Connection]:
    with dbs.records.write() as connection:
        yield connection


@pytest.fixture
def keeper(tx: Connection) -> int:
    new = NewPerson(name="任师傅", role="keeper", username="ren", password_hash="old")
    return people.add_person(tx, NOW, new)


def stored_tokens(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(tokens)).scalar_one())


def is_open(tx: Connection, token: str, now: int = NOW) -> bool:
    return people.person_of_token(tx, token, now) is not None


def test_a_token_ends_at_its_millisecond(tx: Connection, keeper: int) -> None:
    token = people.issue_token(tx, keeper, "page", NOW, DAY_MS)
    assert is_open(tx, token, NOW + DAY_MS - 1)
    assert not is_open(tx, token, NOW + DAY_MS)


def test_no_two_sessions_have_one_token_and_signing_out_ends_only_one(tx: Connection, keeper: int) -> None:
    issued = [people.issue_token(tx, keeper, kind, NOW, DAY_MS) for kind in ("page", "page", "api")]
    assert len(set(issued)) == 3
    people.revoke_token(tx, issued[0])
    people.revoke_token(tx, issued[0])
    assert [is_open(tx, token) for token in issued] == [False, True, True]


def test_a_new_password_ends_the_sessions_of_that_person_alone(tx: Connection, keeper: int) -> None:
    other = people.add_person(tx, NOW, NewPerson(name="李师傅", role="keeper"))
    own, of_other = (people.issue_token(tx, person, "api", NOW, DAY_MS) for person in (keeper, other))
    people.set_password(tx, NOW, keeper, "new")
    assert (is_open(tx, own), is_open(tx, of_other)) == (False, True)


def test_who_comes_back_signs_in_anew(tx: Connection, keeper: int) -> None:
    """A phone that was lost meanwhile stays signed out."""
    token = people.issue_token(tx, keeper, "page", NOW, DAY_MS)
    people.set_active(tx, NOW, keeper, False)
    people.set_active(tx, NOW, keeper, True)
    assert not is_open(tx, token)


def test_tokens_of_months_ago_do_not_pile_up(tx: Connection, keeper: int) -> None:
    for day in range(50):
        people.issue_token(tx, keeper, "page", NOW + day * DAY_MS, 2 * DAY_MS)
        assert stored_tokens(tx) <= 2


def test_forgetting_old_tokens_spares_those_that_still_open(tx: Connection, keeper: int) -> None:
    short, long = (people.issue_token(tx, keeper, "page", NOW, days * DAY_MS) for days in (1, 9))
    people.forget_tokens(tx, NOW + DAY_MS)
    assert stored_tokens(tx) == 1
    assert not is_open(tx, short, NOW)
    assert is_open(tx, long, NOW + DAY_MS)


@pytest.mark.parametrize("token", ["", " ", "\ud800", "x" * 100_000, "' OR 1=1 --", "\0"])
def test_what_is_no_token_opens_nothing_and_breaks_nothing(tx: Connection, keeper: int, token: str) -> None:
    people.issue_token(tx, keeper, "page", NOW, DAY_MS)
    assert not is_open(tx, token)
    people.revoke_token(tx, token)
    assert stored_tokens(tx) == 1


def test_the_stored_checksum_is_no_token(tx: Connection, keeper: int) -> None:
    people.issue_token(tx, keeper, "page", NOW, DAY_MS)
    checksum = tx.execute(select(tokens.c.hash)).scalar_one()
    assert not is_open(tx, checksum)
