"""The roster through the API."""

from api.times import iso
from core.times import DAY_MS
from tests.api.scene import API, Callers


def test_duties_come_in_order_and_say_who_is_on_duty_now(callers: Callers) -> None:
    duties = callers("manager").get(f"{API}/roster").json()["items"]
    assert [duty["now"] for duty in duties] == [True, False, False]
    assert duties == sorted(duties, key=lambda duty: duty["starts_at"])
    assert duties[0]["person"] == {
        "id": callers.house.people["keeper"],
        "name": "keeper",
        "phone": "13800000002",
    }


def test_only_who_may_see_people_gets_their_numbers(callers: Callers) -> None:
    for name, sees in (("admin", True), ("manager", True), ("keeper", False), ("viewer", False)):
        duties = callers(name).get(f"{API}/roster").json()["items"]
        assert all((duty["person"]["phone"] is not None) == sees for duty in duties), name


def test_the_window_and_the_site_narrow_the_list(callers: Callers) -> None:
    def count(**query: object) -> int:
        return len(callers("viewer").get(f"{API}/roster", params=query).json()["items"])

    now = callers.house.now
    assert count(start=iso(now), end=iso(now + DAY_MS)) == 1
    assert count(start=iso(now + 7 * DAY_MS)) == 2
    assert count(end=iso(now - 30 * DAY_MS), start=iso(now - 60 * DAY_MS)) == 0
    assert count(site=1) == 3
    assert count(site=99) == 0


def test_a_person_who_is_gone_is_not_on_duty(callers: Callers) -> None:
    duties = callers("viewer").get(f"{API}/roster", params={"limit": 1}).json()
    assert len(duties["items"]) == 1
    assert duties["next"] == "1"
