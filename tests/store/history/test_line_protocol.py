"""A server refuses a chunk for one bad line: every other line must still be written."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.readings.history_url import INFLUXDB, VICTORIAMETRICS, HistoryAddress
from store.history import line_protocol
from store.history.http import HttpAnswer
from store.history.line_protocol import LineWriter, ProtocolLine, authorization

ADDRESS = HistoryAddress(INFLUXDB, "http://influx.example", "farm", "coldshed")
REASON = "value out of range"


class Server(LineWriter):
    """Refuses every request that holds one of the bad lines; keeps the others."""

    def __init__(
        self, bad: Callable[[int], bool], *, partial: bool = False, status: int = 400, most: int = 10**9
    ) -> None:
        super().__init__(ADDRESS, "token")
        self.bad, self.partial, self.status, self.most = bad, partial, status, most
        self.written: set[int] = set()
        self.requests = 0

    def _send(self, bucket: str, lines: Sequence[ProtocolLine]) -> None:
        self.requests += 1
        if len(lines) > self.most:
            raise HttpAnswer("too large", 413, "too large", 0.0)
        good = {line.origin for line in lines if not self.bad(line.origin)}
        if len(good) == len(lines) or self.partial:
            self.written |= good
        if len(good) < len(lines):
            message = f"partial write: {REASON}" if self.partial else REASON
            raise HttpAnswer("refused", self.status, message, 0.0)


def lines(number: int) -> list[ProtocolLine]:
    return [ProtocolLine(f"reading value={origin}", origin) for origin in range(number)]


@given(st.integers(1, 120), st.sets(st.integers(0, 119)), st.booleans())
def test_every_good_line_is_written_and_every_bad_one_has_its_reason(
    number: int, bad: set[int], partial: bool
) -> None:
    bad = {origin for origin in bad if origin < number - 1}  # the last one is good
    server = Server(bad.__contains__, partial=partial)
    rejected = server.write("coldshed", lines(number))
    assert set(rejected) == bad
    assert server.written == set(range(number)) - bad
    assert all(REASON in reason for reason in rejected.values())


@given(st.integers(1, 70), st.sampled_from([400, 413, 422]))
def test_a_server_that_takes_nothing_is_an_error_and_no_loss(number: int, status: int) -> None:
    """Else a wrong bucket would put aside every reading of a farm."""
    with pytest.raises(StoreError, match="takes none of our points"):
        Server(lambda _: True, status=status).write("coldshed", lines(number))


def test_a_server_that_takes_nothing_is_known_after_few_requests() -> None:
    server = Server(lambda _: True)
    with pytest.raises(StoreError):
        server.write("coldshed", lines(line_protocol.PIECE))
    assert server.requests < 2 * line_protocol.LOOK_AFTER


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_what_is_not_about_the_lines_is_raised_and_nothing_is_halved(status: int) -> None:
    server = Server(lambda origin: origin == 3, status=status)
    with pytest.raises(HttpAnswer):
        server.write("coldshed", lines(100))
    assert server.requests == 1


def test_a_server_that_dies_in_the_middle_is_raised() -> None:
    requests = count(1)

    class Dying(Server):
        def _send(self, bucket: str, lines: Sequence[ProtocolLine]) -> None:
            if next(requests) == 5:
                raise StoreError("cannot be reached")
            super()._send(bucket, lines)

    with pytest.raises(StoreError, match="cannot be reached"):
        Dying(lambda origin: origin == 7).write("coldshed", lines(100))


@given(st.integers(1, 50), st.integers(1, 200))
def test_a_chunk_that_is_too_large_is_written_in_smaller_ones(most: int, number: int) -> None:
    server = Server(lambda _: False, most=most)
    assert server.write("coldshed", lines(number)) == {}
    assert server.written == set(range(number))


def test_a_long_search_trusts_the_servers_partial_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "LOOK_AFTER", 5)
    monkeypatch.setattr(line_protocol, "PATIENCE", 20)
    server = Server(lambda origin: origin % 3 == 0, partial=True)
    rejected = server.write("coldshed", lines(400))
    assert server.written == {origin for origin in range(400) if origin % 3}
    assert set(rejected) >= set(range(0, 400, 3))
    assert server.requests <= 1 + 20 + line_protocol.SAMPLES


def test_only_the_chunk_with_the_bad_line_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "PIECE", 16)
    server = Server(lambda origin: origin == 40)
    assert set(server.write("coldshed", lines(64))) == {40}
    assert server.requests == 4 + 1 + 2 * 4, "the chunk once more, then two halves four times"


def test_each_server_gets_the_scheme_that_it_reads() -> None:
    victoria = ADDRESS._replace(kind=VICTORIAMETRICS)
    assert authorization(ADDRESS, "a:b") == {"Authorization": "Token a:b"}
    assert authorization(victoria, "secret") == {"Authorization": "Bearer secret"}
    assert authorization(victoria, "farm:secret") == {"Authorization": "Basic ZmFybTpzZWNyZXQ="}
    assert authorization(victoria, "") == authorization(ADDRESS, "") == {}
