"""What a token may not see is never taken for not there; and what is not there is created, and said."""

from collections.abc import Iterator

import pytest

from core.errors import StoreError
from core.readings.history_url import INFLUXDB, HistoryAddress
from core.readings.readings import Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.history.influx import InfluxHistory
from store.history.writer_state import WriterState
from tests.support.gate import gate
from tests.support.influx_server import InfluxServer

pytestmark = pytest.mark.one_database
T0 = 1_767_225_600_000  # 2026-01-01
BUCKETS = ("north", "north_5m", "north_1h")
HUNDRED = [Reading(1, T0 + i * 1_000, 5.0) for i in range(100)]
TEN = [Reading(1, T0 + 150_000 + i * 1_000, 4.0) for i in range(10)]


@pytest.fixture
def server() -> InfluxServer:
    return InfluxServer()


@pytest.fixture
def url(server: InfluxServer) -> Iterator[str]:
    with gate("http://127.0.0.1:9") as before:
        before.judge = server.judge
        yield before.url


def opened(dbs: Databases, url: str) -> InfluxHistory:
    """As after a restart: it remembers nothing."""
    return InfluxHistory(dbs.history, HistoryAddress(INFLUXDB, url, "farm", "north"), "token")


def counts(server: InfluxServer) -> list[float]:
    """Of the 5-minute and the hourly roll-up."""
    return [server.fields(bucket)[1, T0]["count"] for bucket in BUCKETS[1:]]


def test_a_token_that_may_only_write_overwrites_no_roll_up(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    opened(dbs, url).write(HUNDRED, 1, T0)
    assert counts(server) == [100, 100]
    server.may_read = set()
    history = opened(dbs, url)
    with pytest.raises(StoreError, match="may not read it"):
        history.write(TEN, 2, T0)
    assert (counts(server), history.offset(), len(server.fields("north"))) == ([100, 100], 1, 100)
    server.may_read = None
    history.write(TEN, 2, T0)
    assert (counts(server), len(server.fields("north"))) == ([110, 110], 110)


@pytest.mark.parametrize("hidden", BUCKETS)
def test_nothing_is_written_from_a_bucket_that_may_not_be_read(
    dbs: Databases, server: InfluxServer, url: str, hidden: str
) -> None:
    opened(dbs, url).write(HUNDRED, 1, T0)
    server.may_read = {*BUCKETS} - {hidden}
    server.creates = False
    with pytest.raises(StoreError, match=rf"shows no bucket {hidden}\b.*the right to read it"):
        opened(dbs, url).write(TEN, 2, T0)
    assert counts(server) == [110 if hidden == "north_1h" else 100, 100]
    server.may_read = None
    opened(dbs, url).write(TEN, 2, T0)
    assert counts(server) == [110, 110]


def test_a_listed_bucket_that_answers_not_found_is_a_refusal(
    dbs: Databases, server: InfluxServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(dbs, url).write(HUNDRED, 1, T0)
    history = opened(dbs, url)
    query = server._query
    monkeypatch.setattr(server, "_query", lambda question: query(question.replace("north", "gone")))
    with pytest.raises(StoreError, match=r"has our buckets, but.*may not read"):
        history.write(TEN, 2, T0)
    assert counts(server) == [100, 100]


def test_a_reader_gets_an_error_instead_of_an_empty_curve(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    history = opened(dbs, url)
    assert history.spans([1]) == {}  # nothing was ever written
    history.write(HUNDRED, 1, T0)
    server.may_read = set()
    reader = opened(dbs, url)
    for read in (
        lambda: reader.spans([1]),
        lambda: reader.points([1], T0, T0 + HOUR_MS),
        lambda: reader.rollups([1], T0, T0 + HOUR_MS, FIVE_MINUTES),
        lambda: reader.latest([1], T0, T0 + HOUR_MS),
    ):
        with pytest.raises(StoreError, match="may not read"):
            read()


def test_a_reader_beside_another_installation_asks_whether_the_bucket_is_listed(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    server.buckets |= {"north": {}}
    assert opened(dbs, url).points([1], T0, T0 + HOUR_MS) == []  # it can be read: it is empty


def test_init_needs_no_right_to_list_organisations(dbs: Databases, server: InfluxServer, url: str) -> None:
    server.lists_orgs = False
    assert [line.split(",")[0] for line in opened(dbs, url).prepare()] == [
        f"made bucket {name}" for name in BUCKETS
    ]


def test_init_says_which_right_is_missing(dbs: Databases, server: InfluxServer, url: str) -> None:
    server.lists_orgs, server.may_read = False, set()
    with pytest.raises(StoreError, match="the right to read the organisation or one of its buckets"):
        opened(dbs, url).prepare()
    server.lists_orgs, server.creates = True, False
    with pytest.raises(StoreError, match=r"shows no bucket north, and .* may not create it"):
        opened(dbs, url).prepare()


def test_a_wrong_organisation_is_named_when_writing_too(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    history = InfluxHistory(dbs.history, HistoryAddress(INFLUXDB, url, "fram", "north"), "token")
    with pytest.raises(StoreError, match=r"organisation fram.*COLDSHED_HISTORY_URL"):
        history.write(HUNDRED, 1, T0)


def test_a_token_that_may_only_read_is_told_apart_from_a_wrong_one(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    history = opened(dbs, url)
    history.prepare()
    history.check()
    server.may_write = set()
    with pytest.raises(StoreError, match="may not write"):
        history.check()
    with pytest.raises(StoreError, match="may not write"):
        history.write(HUNDRED, 1, T0)


def test_a_check_finds_what_may_not_be_read_and_changes_nothing(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    with pytest.raises(StoreError, match="coldshed history init"):
        opened(dbs, url).check()
    assert set(server.buckets) == {"_monitoring"}
    opened(dbs, url).prepare()
    server.may_read = {"north", "north_1h"}
    with pytest.raises(StoreError, match="may not read"):
        opened(dbs, url).check()


# --- vanished ---------------------------------------------------------------------------------------


def test_roll_ups_that_vanish_are_noticed_and_derived_again(
    dbs: Databases, server: InfluxServer, url: str
) -> None:
    history = opened(dbs, url)
    days = [Reading(1, T0 + day * DAY_MS + i * 60_000, i / 8) for day in range(9) for i in range(90)]
    history.write(days, 1, T0)
    before = {bucket: server.fields(bucket) for bucket in BUCKETS}
    assert history.lost_parts() == {}
    del server.buckets["north_5m"], server.buckets["north_1h"]
    history.write([days[-1]], 2, T0)
    history.write([Reading(2, T0, 1.0)], 3, T0)
    lost = opened(dbs, url).lost_parts()
    assert sorted(part.rpartition("/")[2] for part in lost) == ["north_1h", "north_5m"]
    assert sum(opened(dbs, url).rebuild([1])) == 9 * 18
    for bucket in BUCKETS[1:]:
        assert {key: row for key, row in server.fields(bucket).items() if key[0] == 1} == before[bucket]
    rebuilt = history.lost_parts()
    again = next(iter(rebuilt))
    WriterState(dbs.history).note_lost([again], T0 + 2 * HOUR_MS, None)
    history.on_rebuilt(rebuilt)
    assert history.lost_parts() == {again: T0 + 2 * HOUR_MS}, "it was lost again during the rebuild"
    history.on_rebuilt(history.lost_parts())
    assert history.lost_parts() == {}


def test_points_that_vanish_take_no_roll_up_with_them(dbs: Databases, server: InfluxServer, url: str) -> None:
    history = InfluxHistory(
        dbs.history, HistoryAddress(INFLUXDB, url, "farm", "north"), "token", now=lambda: T0 + 200_000
    )
    history.write(HUNDRED, 1, T0)
    del server.buckets["north"]
    history.write(TEN, 2, T0)
    assert counts(server) == [100, 100]
    assert [part.rpartition("/")[2] for part in history.lost_parts()] == ["north"]
    assert list(history.rebuild([1])) == [1]
    assert counts(server) == [100, 100]
    assert history.retained_since().points == T0 + HOUR_MS


def test_another_server_has_lost_nothing(dbs: Databases, server: InfluxServer, url: str) -> None:
    opened(dbs, url).write(HUNDRED, 1, T0)
    other = InfluxServer()
    with gate("http://127.0.0.1:9") as before:
        before.judge = other.judge
        moved = opened(dbs, before.url)
        moved.write(TEN, 2, T0)
        assert moved.lost_parts() == {}
