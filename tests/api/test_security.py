"""Who may come in, and who may do what."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.security import API_LIFETIME, COOKIE, check_password, hash_password
from core.times import MINUTE_MS
from tests.api.house import PASSWORD, House
from tests.support.passwords import REAL_HASHER

SignedIn = Callable[[str], TestClient]
OPEN = {("GET", "/healthz"), ("POST", "/api/v1/token")}


def _routes(app: FastAPI) -> list[tuple[str, str]]:
    written = [
        (method.upper(), path.replace("{room}", "1").replace("{alert}", "1").replace("{lot}", "1"))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]
    return [*written, ("GET", "/docs"), ("GET", "/openapi.json")]


def test_nothing_answers_without_a_login(app: FastAPI, client: TestClient) -> None:
    routes = _routes(app)
    assert len(routes) > 25
    for method, path in routes:
        if (method, path) in OPEN:
            continue
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": f"{COOKIE}=wrong"}):
            answer = client.request(method, path, headers=headers, json={})
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.json()["type"] == "/problems/login-needed"
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def _token(client: TestClient, name: str, password: str) -> object:
    return client.post("/api/v1/token", data={"username": name, "password": password})


def test_a_name_and_password_give_a_token_that_says_who_one_is(client: TestClient, house: House) -> None:
    made = client.post("/api/v1/token", data={"username": "alice", "password": PASSWORD})
    assert made.status_code == 200
    assert made.json()["token_type"] == "bearer"
    head = {"Authorization": f"Bearer {made.json()['access_token']}"}
    me = client.get("/api/v1/me", headers=head).json()
    assert (me["name"], me["role"], me["cooperative"]) == ("alice", "clerk", house.cooperatives["alice"])
    assert me["permissions"] == ["export", "see_alerts", "see_rooms", "write_stock"]
    house.now += API_LIFETIME + 1
    assert client.get("/api/v1/me", headers=head).status_code == 401


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_sound_the_same(
    client: TestClient, name: str, password: str
) -> None:
    answer = client.post("/api/v1/token", data={"username": name, "password": password})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/wrong-password"
    assert answer.json()["detail"] == "用户名或密码不对"


def test_an_unknown_name_costs_a_whole_check(monkeypatch: pytest.MonkeyPatch) -> None:
    from api import security

    answers: list[str] = []
    verify = security._hasher.verify

    def counted(password: str, password_hash: str) -> bool:
        answers.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(security._hasher, "verify", counted)
    assert not check_password("anything", None)
    assert len(answers) == 1
    assert answers[0].startswith("$argon2id$")


def test_five_failures_make_one_wait_a_quarter_of_an_hour(client: TestClient, house: House) -> None:
    for _ in range(5):
        assert client.post("/api/v1/token", data={"username": "bob", "password": "x"}).status_code == 401
    refused = client.post("/api/v1/token", data={"username": "bob", "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/too-many-attempts"
    assert refused.json()["detail"] == "试得太多了，15分钟后再试"
    assert refused.headers["Retry-After"] == "900"
    assert client.post("/api/v1/token", data={"username": "alice", "password": PASSWORD}).status_code == 200
    house.now += 15 * MINUTE_MS
    assert client.post("/api/v1/token", data={"username": "bob", "password": PASSWORD}).status_code == 200


def test_passwords_are_kept_as_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.security._hasher", REAL_HASHER)
    kept = hash_password("secret")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("secret", kept)
    assert not check_password("Secret", kept)
    assert not check_password("secret", "not a hash at all")


def test_the_cookie_of_the_pages_opens_the_api_too(client: TestClient, house: House) -> None:
    cookie = {"Cookie": f"{COOKIE}={house.tokens['keeper']}"}
    assert client.get("/api/v1/me", headers=cookie).json()["name"] == "keeper"


def test_a_page_of_another_site_cannot_write_with_our_cookie(client: TestClient, house: House) -> None:
    cookie = {"Cookie": f"{COOKIE}={house.tokens['keeper']}", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/api/v1/alerts/1/acknowledge", headers=cookie)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-site")
    cookie["Sec-Fetch-Site"] = "same-origin"
    assert client.post("/api/v1/alerts/1/acknowledge", headers=cookie).status_code == 404


def test_whoever_left_is_not_let_in(client: TestClient, house: House) -> None:
    from store.people.people import set_active

    with house.dbs.records.write() as tx:
        set_active(tx, house.now, house.people["bob"], False)
    assert client.get("/api/v1/me", headers=house.head("bob")).status_code == 401
    assert client.post("/api/v1/token", data={"username": "bob", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    ("who", "method", "path", "body"),
    [
        ("viewer", "POST", "/api/v1/alerts/1/acknowledge", None),
        ("viewer", "POST", "/api/v1/movements", {"lot": 1, "kind": "issue", "kg": 1}),
        ("viewer", "GET", "/api/v1/stock", None),
        ("viewer", "GET", "/api/v1/export/stock", None),
        ("keeper", "PUT", "/api/v1/limits?room=1", {"limits": [{"metric": "temperature", "safe_low": 1}]}),
        ("alice", "POST", "/api/v1/placements", {"device": "d", "room": 1, "spot": "door"}),
        ("technician", "POST", "/api/v1/movements", {"lot": 1, "kind": "issue", "kg": 1}),
        ("keeper", "GET", "/metrics", None),
    ],
)
def test_each_role_is_kept_to_what_it_may(
    signed_in: SignedIn, who: str, method: str, path: str, body: object
) -> None:
    answer = signed_in(who).request(method, path, json=body)
    assert answer.status_code == 403, answer.text
    assert answer.json()["type"] == "/problems/not-allowed"


@pytest.mark.parametrize("origin", ["http://testserver:8080", "http://evil.example", "null"])
def test_without_https_the_origin_tells_another_sites_page(
    client: TestClient, house: House, origin: str
) -> None:
    head = {"Cookie": f"{COOKIE}={house.tokens['keeper']}", "Origin": origin}
    answer = client.post("/api/v1/alerts/1/acknowledge", headers=head)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-site")
    head["Origin"] = "http://testserver"
    assert client.post("/api/v1/alerts/1/acknowledge", headers=head).status_code == 404


def test_a_head_that_is_no_token_does_not_make_the_cookie_good_for_other_sites(
    client: TestClient, house: House
) -> None:
    head = {"Cookie": f"{COOKIE}={house.tokens['keeper']}", "Sec-Fetch-Site": "cross-site"}
    for authorization in ("Basic YTpi", "Bearer"):
        head["Authorization"] = authorization
        answer = client.post("/api/v1/alerts/1/acknowledge", headers=head)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-site")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/api/v1/token", "application/x-www-form-urlencoded"), ("/api/v1/lots", "application/json")],
)
def test_nobody_fills_the_memory_before_the_login(client: TestClient, path: str, kind: str) -> None:
    piece = b"x" * 100_000

    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield piece

    for content in (piece * 20, endless()):
        answer = client.post(path, content=content, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
