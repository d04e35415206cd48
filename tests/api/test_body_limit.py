"""The size of a request, counted while it arrives."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.body_limit import MOST_BYTES, BodyLimit


def received(sizes: list[int], announced: bytes | None = None, kind: str = "http") -> int:
    """Bytes that an app reads of a request in pieces of these sizes. HTTPException 413 if it is too large."""
    pieces = [b"x" * size for size in sizes]
    total = 0

    async def receive() -> Message:
        body = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal total
        more = True
        while more:
            message = await receive()
            total += len(message["body"])
            more = message["more_body"]

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    headers = [] if announced is None else [(b"content-length", announced)]
    asyncio.run(BodyLimit(app)({"type": kind, "headers": headers}, receive, send))
    return total


@given(st.lists(st.integers(0, MOST_BYTES // 2), max_size=6))
def test_what_fits_arrives_whole_and_what_does_not_is_refused(sizes: list[int]) -> None:
    if sum(sizes) <= MOST_BYTES:
        assert received(sizes) == sum(sizes)
    else:
        with pytest.raises(HTTPException) as refused:
            received(sizes)
        assert refused.value.status_code == 413


def test_the_last_byte_that_fits_fits() -> None:
    assert received([MOST_BYTES], str(MOST_BYTES).encode()) == MOST_BYTES
    with pytest.raises(HTTPException):
        received([MOST_BYTES, 1])


def test_what_is_announced_too_large_is_refused_before_a_byte_is_read() -> None:
    with pytest.raises(HTTPException) as refused:
        received([1], str(MOST_BYTES + 1).encode())
    assert refused.value.status_code == 413


@pytest.mark.parametrize("announced", [b"0", b"", b"-5", b"many", b"1e9", "１".encode()])
def test_an_announcement_that_lies_does_not_open_the_door(announced: bytes) -> None:
    assert received([10], announced) == 10
    with pytest.raises(HTTPException):
        received([MOST_BYTES, 1], announced)


def test_what_is_no_request_is_left_alone() -> None:
    assert received([MOST_BYTES, 1], kind="lifespan") == MOST_BYTES + 1
