"""The pretend phone network: each text once, nothing lost, nobody in without the secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Scope

from simulators.phones import phones_app
from tests.support.phones import serving

SECRET = {"X-Phones-Secret": "hush"}
TEXT = {"phone": "13800000001", "text": "【万宝山联合社】2号库太热", "dedup_key": "alert:1:first:0:person:1"}


@contextmanager
def client(folder: Path, **options: object) -> Iterator[httpx.Client]:
    app = phones_app(folder, "hush", now=lambda: 1_000, **options)  # type: ignore[arg-type]
    with (
        serving(Starlette(routes=[Mount("/phones", app)])) as url,
        httpx.Client(base_url=url, trust_env=False) as opened,
    ):
        yield opened


@pytest.fixture
def network(tmp_path: Path) -> Iterator[httpx.Client]:
    with client(tmp_path) as opened:
        yield opened


def texts(network: httpx.Client) -> list[str]:
    phones = network.get("/phones/state").json()["phones"]
    return [message["text"] for phone in phones for message in phone["messages"]]


def test_a_text_that_comes_twice_is_shown_once(network: httpx.Client) -> None:
    once = network.post("/phones/api/send", json=TEXT, headers=SECRET).json()
    twice = network.post("/phones/api/send", json=TEXT, headers=SECRET).json()
    assert (once["repeated"], twice["repeated"]) == (False, True)
    assert once["id"] == twice["id"]
    assert texts(network) == [TEXT["text"]]


def test_texts_survive_a_restart(tmp_path: Path) -> None:
    with client(tmp_path) as before:
        before.post("/phones/api/send", json=TEXT, headers=SECRET)
    with client(tmp_path) as after:
        assert texts(after) == [TEXT["text"]]
        assert after.post("/phones/api/send", json=TEXT, headers=SECRET).json()["repeated"]


def test_an_answer_is_given_out_after_the_remembered_one(network: httpx.Client) -> None:
    for text in ("1", "2"):
        network.post("/phones/reply", json={"phone": "13800000001", "text": text})
    messages = network.get("/phones/api/inbox?after=0", headers=SECRET).json()["items"]
    assert [message["text"] for message in messages] == ["1", "2"]
    rest = network.get(f"/phones/api/inbox?after={messages[0]['id']}", headers=SECRET).json()["items"]
    assert rest == [{"id": messages[1]["id"], "phone": "13800000001", "text": "2", "at": 1_000}]


@pytest.mark.parametrize("headers", [{}, {"X-Phones-Secret": "wrong"}, {"X-Phones-Secret": "ä"}])
def test_it_refuses_senders_without_the_secret(network: httpx.Client, headers: dict[str, str]) -> None:
    raw = httpx.Headers(headers, encoding="utf-8")
    assert network.post("/phones/api/send", json=TEXT, headers=raw).status_code == 403
    assert network.get("/phones/api/inbox", headers=raw).status_code == 403
    assert texts(network) == []


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b"{}", b'{"phone": 1, "text": "a", "dedup_key": "b"}', b"x" * 20_000]
)
def test_it_refuses_what_is_no_text(network: httpx.Client, body: bytes) -> None:
    assert network.post("/phones/api/send", content=body, headers=SECRET).status_code == 400


def test_it_refuses_a_text_longer_than_any_operator_takes(network: httpx.Client) -> None:
    long = {**TEXT, "text": "库" * 501}
    assert network.post("/phones/api/send", json=long, headers=SECRET).status_code == 400


def test_a_wrong_cursor_is_refused(network: httpx.Client) -> None:
    assert network.get("/phones/api/inbox?after=x", headers=SECRET).status_code == 400


def test_the_page_is_only_for_whom_the_guard_lets_in(tmp_path: Path) -> None:
    async def guard(scope: Scope) -> bool:
        return (b"cookie", b"who=keeper") in scope["headers"]

    with client(tmp_path, guard=guard) as network:
        stranger = network.get("/phones/")
        assert (stranger.status_code, stranger.headers["location"]) == (303, "/login?next=/phones/")
        assert network.get("/phones/state").status_code == 401
        assert network.post("/phones/reply", json={"phone": "1", "text": "1"}).status_code == 401
        assert network.post("/phones/api/send", json=TEXT, headers=SECRET).status_code == 200
        assert network.get("/phones/", headers={"cookie": "who=keeper"}).status_code == 200


def test_a_foreign_form_cannot_answer_for_the_reader(network: httpx.Client) -> None:
    form = network.post("/phones/reply", data={"phone": "1", "text": "1"})
    plain = network.post("/phones/reply", content=b"{}", headers={"content-type": "text/plain"})
    assert (form.status_code, plain.status_code) == (415, 415)


def test_the_page_speaks_chinese_first_and_says_that_it_is_pretend(network: httpx.Client) -> None:
    assert "演示" in network.get("/phones/").text
    assert "pretend" in network.get("/phones/?lang=en").text
    assert "演示" in network.get("/phones/?lang=%22x").text


def test_known_phones_are_shown_before_anything_was_sent(tmp_path: Path) -> None:
    with client(tmp_path, names=lambda: [("13800000001", "任师傅"), ("13800000002", "李师傅")]) as network:
        network.post("/phones/api/send", json={**TEXT, "phone": "13800000002"}, headers=SECRET)
        phones = network.get("/phones/state").json()["phones"]
        assert [(phone["name"], len(phone["messages"])) for phone in phones] == [("李师傅", 1), ("任师傅", 0)]


def test_a_text_cannot_bring_markup_into_the_page(network: httpx.Client) -> None:
    network.post("/phones/api/send", json={**TEXT, "text": "<script>x</script>"}, headers=SECRET)
    assert network.get("/phones/state").headers["content-type"] == "application/json"
    assert "<script>x" not in network.get("/phones/").text
    assert "innerHTML" not in network.get("/phones/phones.js").text
