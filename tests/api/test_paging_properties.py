"""Paging for lists of any length and cursors of any text, and whose events a stream carries."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.live import may_see_event
from api.paging import MOST, Cursor, cursor_after, id_of_cursor, page_of_rows
from api.routes.notifications import list_notifications
from api.routes.roster import list_duties
from core.people.people import Person, Role, has_permission
from store.live import LiveEvent
from store.notifications.roster import add_duty
from tests.api.calls import person_of, request_of
from tests.api.house import House

CURSOR: TypeAdapter[str | None] = TypeAdapter(Cursor)
PERSON = Person(1, "somebody", None, "zh", Role.VIEWER, None, None, None)


@given(st.integers(0, 60), st.integers(1, MOST))
def test_walking_from_page_to_page_gives_every_row_once(count: int, limit: int) -> None:
    rows, cursor, walked = list(range(count)), None, list[int]()
    for _ in range(count + 1):
        page, cursor = page_of_rows(rows, limit, cursor)
        walked += page
        if cursor is None:
            break
        assert len(page) == limit
    assert (walked, cursor) == (rows, None)


@given(st.text(max_size=20))
def test_a_cursor_is_a_number_that_the_database_can_hold_or_refused(text: str) -> None:
    try:
        cursor = CURSOR.validate_python(text)
    except ValidationError:
        assert not (text.isascii() and text.isdigit() and len(text) < 16)
        return
    assert 0 <= (id_of_cursor(cursor) or 0) < 2**63
    assert page_of_rows([1, 2], 2, cursor)[1] is None


@pytest.mark.parametrize("text", ["１２", "1\n", " 1", "+1", "1e3", "-1", "", "9" * 16])
def test_a_cursor_that_only_looks_like_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        CURSOR.validate_python(text)


@given(st.integers(1, 20), st.integers(0, 20))
def test_a_page_that_is_not_full_is_the_last(limit: int, count: int) -> None:
    rows = [SimpleNamespace(id=100 - number) for number in range(min(count, limit))]
    assert cursor_after(rows, limit) == (str(rows[-1].id) if len(rows) == limit else None)


def test_a_cursor_before_the_first_id_ends_a_list_of_ids(shared_house: House) -> None:
    viewer = person_of(shared_house, "viewer")
    for cursor in ("0", "1", "9" * 15):
        page = list_notifications(request_of(shared_house, "GET"), viewer, cursor=cursor)
        assert (page.items, page.next) == ([], None)


def test_a_duty_that_ends_this_millisecond_is_over(shared_house: House) -> None:
    now, keeper = shared_house.now, shared_house.people["keeper"]
    with shared_house.dbs.records.write() as tx:
        add_duty(tx, now, 1, keeper, now - 1000, now)
        add_duty(tx, now, 1, keeper, now, now + 1000)
    page = list_duties(request_of(shared_house, "GET"), person_of(shared_house, "manager"))
    assert [duty.now for duty in page.items] == [False, True]


@given(
    st.sampled_from(list(Role)),
    st.none() | st.integers(1, 3),
    st.sampled_from(["lot", "movement", "person", "alert", "notification", "room", "reading", "limits"]),
    st.none() | st.integers(1, 3),
    st.booleans(),
)
def test_nobody_hears_of_what_they_may_not_see(
    role: Role, own: int | None, kind: str, owner: int | None, active: bool
) -> None:
    person = replace(PERSON, role=role, cooperative=own, active=active)
    hears = may_see_event(LiveEvent("1.1", kind, {"cooperative": owner}), person)
    if kind in ("lot", "movement"):
        own_goods = own is not None and own == owner and has_permission(person, "write_stock")
        assert hears == (has_permission(person, "see_all_lots") or own_goods)
    elif kind == "person":
        assert hears == has_permission(person, "see_people")
    elif kind in ("alert", "notification"):
        assert hears == has_permission(person, "see_alerts")
    else:
        assert hears
