"""Every error is a problem with a stable type, in the caller's language."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from core.errors import Refused, StoreError
from tests.api.house import House

SignedIn = Callable[[str], TestClient]
JSON = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("DELETE", "/api/v1/rooms", 405, "method-not-allowed"),
        ("GET", "/api/v1/rooms/x", 422, "invalid-request"),
        ("GET", "/api/v1/rooms?limit=0", 422, "invalid-request"),
        ("GET", "/api/v1/rooms?cursor=abc", 422, "invalid-request"),
        ("POST", "/api/v1/movements", 422, "invalid-request"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    signed_in: SignedIn, method: str, path: str, status: int, kind: str
) -> None:
    answer = signed_in("manager").request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, JSON)
    assert (answer.json()["status"], answer.json()["type"]) == (status, f"/problems/{kind}")
    assert {"title", "detail", "instance"} <= set(answer.json())


def test_an_invalid_request_says_where(signed_in: SignedIn) -> None:
    answer = signed_in("keeper").post("/api/v1/movements", json={"lot": 1, "kind": "issue", "kg": -3})
    assert [error["where"] for error in answer.json()["errors"]] == [["body", "kg"]]


def test_text_that_is_not_json_is_a_problem(signed_in: SignedIn) -> None:
    headers = {"Content-Type": "application/json"}
    answer = signed_in("keeper").post("/api/v1/movements", content=b"{not json", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, JSON)


@pytest.mark.parametrize(
    ("wanted", "detail"),
    [
        (None, "没有这个东西"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "没有这个东西"),
        ("en-GB,en;q=0.9,zh;q=0.1", "There is no such thing"),
        ("de", "没有这个东西"),
    ],
)
def test_the_sentence_is_in_the_callers_language(
    signed_in: SignedIn, wanted: str | None, detail: str
) -> None:
    headers = {"Accept-Language": wanted} if wanted else {}
    client = signed_in("viewer")
    client.headers.pop("Accept-Language", None)
    assert client.get("/api/v1/nothing", headers=headers).json()["detail"] == detail


def test_a_store_that_does_not_answer_is_503_and_says_when_to_come_again(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.routes import rooms

    def away(*_: object) -> None:
        raise StoreError("disk I/O error")

    monkeypatch.setattr(rooms, "rooms_now", away)
    answer = signed_in("viewer").get("/api/v1/rooms")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "disk" not in answer.text


def test_an_error_of_ours_tells_nothing_of_the_inside(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.routes import rooms

    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(rooms, "rooms_now", broken)
    answer = signed_in("viewer").get("/api/v1/rooms")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert answer.headers["content-type"] == JSON
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("reason", "status"),
    [("no_common_range", 409), ("no_such_lot", 404), ("unknown_produce", 404), ("not_allowed", 403)],
)
def test_what_the_house_refuses_keeps_its_reason(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, reason: str, status: int
) -> None:
    from api.routes import rooms

    def refused(*_: object) -> None:
        raise Refused(reason, "%(a)s和%(b)s合不到一起", a="土豆", b="红薯")

    monkeypatch.setattr(rooms, "rooms_now", refused)
    answer = signed_in("viewer").get("/api/v1/rooms")
    assert answer.status_code == status
    assert answer.json()["type"] == f"/problems/{reason.replace('_', '-')}"
    assert (answer.json()["detail"], answer.json()["a"]) == ("土豆和红薯合不到一起", "土豆")


def test_outside_the_api_the_pages_may_answer_in_their_own_way(house: House) -> None:
    from fastapi.responses import PlainTextResponse

    from api.app import create_app

    app = create_app(house.dbs, house.history)
    app.state.page_problem = lambda request, problem: PlainTextResponse("nothing here", problem.status)
    client = TestClient(app)
    assert client.get("/somewhere").text == "nothing here"
    assert client.get("/api/v1/somewhere").headers["content-type"] == JSON
