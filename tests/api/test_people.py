"""Signing in, and who one is."""

import pytest

from api.login_attempts import PER_ADDRESS, PER_NAME_AND_ADDRESS, WINDOW_MS, LoginAttempts
from core.people.people import PERMISSIONS
from tests.api.house import PASSWORD
from tests.api.scene import API, Callers

NOW = 1_768_360_786_000


@pytest.mark.parametrize("name", ["admin", "keeper", "alice", "viewer"])
def test_everybody_learns_who_they_are_and_what_they_may(callers: Callers, name: str) -> None:
    person = callers(name).get(f"{API}/me").json()
    assert (person["username"], person["language"], person["village"]) == (name, "zh", None)
    assert person["id"] == callers.house.people[name]
    assert person["cooperative"] == callers.house.cooperatives.get(name)
    assert set(person["permissions"]) <= PERMISSIONS
    assert person["permissions"] == sorted(person["permissions"])
    assert ("administer" in person["permissions"]) == (name == "admin")
    assert "phone" not in person


def test_a_token_comes_for_name_and_password(callers: Callers) -> None:
    answer = callers("viewer").post(f"{API}/token", data={"username": "keeper", "password": PASSWORD})
    assert answer.json()["expires_in"] == 86_400
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert callers("viewer").get(f"{API}/me", headers=headers).json()["username"] == "keeper"


@pytest.mark.parametrize("form", [{}, {"username": "keeper"}, {"password": PASSWORD}])
def test_a_login_without_name_or_password_names_what_is_missing(
    callers: Callers, form: dict[str, str]
) -> None:
    answer = callers("viewer").post(f"{API}/token", data=form)
    assert answer.status_code == 422
    missing = {error["where"][-1] for error in answer.json()["errors"]}
    assert missing == {"username", "password"} - form.keys()


def test_a_wrong_password_does_not_say_whether_the_name_exists(callers: Callers) -> None:
    answers = [
        callers("viewer").post(f"{API}/token", data={"username": name, "password": "wrong"}).json()
        for name in ("admin", "nobody at all")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["type"] == "/problems/wrong-password"


def test_after_five_failures_a_name_waits_at_that_address_only() -> None:
    attempts = LoginAttempts()
    for second in range(PER_NAME_AND_ADDRESS):
        assert attempts.wait_s("ren", "10.0.0.7", NOW + second) == 0
        attempts.failed("ren", "10.0.0.7", NOW + second)
    assert attempts.wait_s("ren", "10.0.0.7", NOW + 10) == 900
    assert attempts.wait_s("ren", "10.0.0.8", NOW + 10) == 0
    assert attempts.wait_s("li", "10.0.0.7", NOW + 10) == 0
    assert attempts.wait_s("ren", "10.0.0.7", NOW + WINDOW_MS + 10) == 0


def test_who_tries_many_names_from_one_address_waits_too() -> None:
    attempts = LoginAttempts()
    for number in range(PER_ADDRESS):
        attempts.failed(f"name {number}", "10.0.0.7", NOW)
    assert attempts.wait_s("somebody else", "10.0.0.7", NOW + 1) > 0
    assert attempts.wait_s("somebody else", "10.0.0.8", NOW + 1) == 0


def test_a_success_forgets_the_failures_of_that_name_there() -> None:
    attempts = LoginAttempts()
    for _ in range(PER_NAME_AND_ADDRESS):
        attempts.failed("ren", "10.0.0.7", NOW)
    attempts.succeeded("ren", "10.0.0.7")
    assert attempts.wait_s("ren", "10.0.0.7", NOW + 1) == 0
