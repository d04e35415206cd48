from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.web.scene import PASSWORD

SignIn = Callable[[str], TestClient]
PAGES = ("/", "/rooms/1", "/alerts", "/stock", "/stock/receive", "/devices", "/rejected", "/more")


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_signing_in(guest: TestClient, path: str) -> None:
    answer = guest.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("path", ["/live/board", "/live/rooms/1", "/?part=board", "/rooms/1?part=1"])
def test_a_live_piece_answers_plainly_that_nobody_is_signed_in(guest: TestClient, path: str) -> None:
    assert guest.get(path).status_code == 401


def test_it_goes_on_to_where_one_wanted(guest: TestClient) -> None:
    assert guest.get("/rooms/3").headers["location"] == "/login?next=%2Frooms%2F3"
    fields = {"username": "keeper", "password": PASSWORD, "next": "/rooms/3"}
    assert guest.post("/login", data=fields).headers["location"] == "/rooms/3"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil", "evil"])
def test_it_never_leads_to_another_site(guest: TestClient, elsewhere: str) -> None:
    fields = {"username": "keeper", "password": PASSWORD, "next": elsewhere}
    assert guest.post("/login", data=fields).headers["location"] == "/"


def test_a_wrong_password_comes_back_with_a_sentence_and_the_name(guest: TestClient) -> None:
    answer = guest.post("/login", data={"username": "keeper", "password": "nothing like it"})
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert 'value="keeper"' in answer.text
    assert "nothing like it" not in answer.text


def test_signing_out_ends_it(signed_in: SignIn) -> None:
    client = signed_in("keeper")
    assert client.get("/").status_code == 200
    assert client.post("/logout").headers["location"] == "/login"
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "head",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_writes_nothing(signed_in: SignIn, head: dict[str, str]) -> None:
    client = signed_in("keeper")
    assert client.post("/logout", headers=head).status_code == 403
    assert client.get("/").status_code == 200
    client.cookies.clear()
    answer = client.post("/login", data={"username": "keeper", "password": PASSWORD}, headers=head)
    assert answer.status_code == 403


def test_a_form_of_our_own_is_taken(signed_in: SignIn) -> None:
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert signed_in("keeper").post("/logout", headers=own).status_code == 303


def test_who_may_not_is_told_so_in_a_page(signed_in: SignIn) -> None:
    answer = signed_in("clerk").get("/rejected")
    assert answer.status_code == 403
    assert "您的账号不能做这件事" in answer.text
    assert "看库" in answer.text


def test_pages_allow_no_foreign_script_and_are_not_kept(signed_in: SignIn) -> None:
    answer = signed_in("keeper").get("/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "//" not in answer.text.replace("http://www.w3.org", "").replace("//}", "")
