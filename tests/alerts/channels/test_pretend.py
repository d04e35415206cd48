"""Our end of the pretend phone network, against the real one."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from alerts.channels.contract import Channel, InboundMessage
from alerts.channels.pretend.channel import PretendChannel
from core.errors import SendError
from core.patrols.pre_opening_check import SmsCredit
from simulators.phones import phones_app
from tests.support.phones import serving


async def odd(request: Request) -> Response:
    return PlainTextResponse("[1]" if request.method == "POST" else '{"items": [{}]}')


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    network = phones_app(tmp_path, "hush", now=lambda: 7)
    routes = [Mount("/phones", network), Route("/odd/api/{rest}", odd, methods=["GET", "POST"])]
    with serving(Starlette(routes=routes)) as base:
        yield base


def test_a_text_goes_out_and_its_repetition_is_known(url: str) -> None:
    channel: Channel = PretendChannel(url + "/phones/", "hush")
    first = channel.send("138", "【联合社】好了", "key")
    assert channel.send("138", "【联合社】好了", "key") == first


def test_answers_come_in_order_after_the_cursor(url: str) -> None:
    channel = PretendChannel(url + "/phones", "hush")
    assert channel.receive(None) == []
    for text in ("1", "2"):
        httpx.post(url + "/phones/reply", json={"phone": "138", "text": text}, trust_env=False)
    both = channel.receive(None)
    assert [(sms.phone, sms.text, sms.at) for sms in both] == [("138", "1", 7), ("138", "2", 7)]
    assert channel.receive(both[0].external_id) == [InboundMessage(both[1].external_id, "138", "2", 7)]


def test_a_wrong_secret_can_be_put_right_so_it_is_tried_again(url: str) -> None:
    with pytest.raises(SendError, match="HTTP 403") as caught:
        PretendChannel(url + "/phones", "wrong").send("138", "好了", "key")
    assert caught.value.retry


def test_a_text_that_the_network_refuses_is_not_tried_again(url: str) -> None:
    with pytest.raises(SendError) as caught:
        PretendChannel(url + "/phones", "hush").send("138", "库" * 501, "key")
    assert not caught.value.retry


def test_a_network_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(SendError) as caught:
        PretendChannel("http://127.0.0.1:9/phones", "hush").receive(None)
    assert caught.value.retry


def test_an_answer_we_cannot_read_is_an_error_of_the_channel(url: str) -> None:
    channel = PretendChannel(url + "/odd", "hush")
    with pytest.raises(SendError):
        channel.send("138", "好了", "key")
    with pytest.raises(SendError):
        channel.receive(None)


def test_a_network_that_gives_no_id_is_tried_again(tmp_path: Path) -> None:
    async def no_id(_: Request) -> Response:
        return PlainTextResponse("{}")

    app = Starlette(routes=[Route("/api/send", no_id, methods=["POST"])])
    with serving(app) as base, pytest.raises(SendError) as caught:
        PretendChannel(base, "hush").send("138", "好了", "key")
    assert caught.value.retry


def test_it_says_how_many_texts_are_left_of_the_pack(url: str) -> None:
    channel = PretendChannel(url + "/phones", "hush")
    before = channel.credit()
    assert before is not None
    assert before.texts is not None
    channel.send("138", "好了", "key")
    channel.send("138", "好了", "key")
    assert channel.credit() == SmsCredit(texts=before.texts - 1)
    with pytest.raises(SendError, match="HTTP 403"):
        PretendChannel(url + "/phones", "wrong").credit()
    with pytest.raises(SendError, match="cannot read"):
        PretendChannel(url + "/odd", "hush").credit()
