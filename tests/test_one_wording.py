"""SMS, board, API and paper say the same of the same reading: verdict, number and unit.

Random rooms, limits, goods and values go through the real engine, planner, page views, API and report.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from alerts.engine import Engine
from alerts.notification_planner import NotificationPlanner
from api.app import create_app
from core.metrics import Verdict
from core.readings.readings import HOUR_MS, MINUTE_MS, Reading
from reports import room_month
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import latest, series
from store.notifications import notifications
from store.people import people
from store.rooms import limits
from store.schema import create
from store.stock.tables import lots, movements
from tests.alerts.village import LIMIT, T0, Village, make
from web.base.localizer import Localizer
from web.overview.board_view import board

WORDS = Localizer("zh")


@dataclass(frozen=True)
class Case:
    """A limit set by hand: safe from `low` to `high`, dangerous from `hard` further out; and the goods."""

    low: float
    high: float
    hard: float | None
    goods: str | None
    value: float
    grams: int


def case(low: float, width: float, hard: float | None, goods: str | None, off: float, above: bool) -> Case:
    """`off`: how far the value is outside the band."""
    value = low + width + off if above else low - off
    return Case(low, low + width, hard, goods, round(value, 2), 12_540_000)


cases = st.builds(
    case,
    low=st.integers(-4, 20).map(lambda number: number / 2),
    width=st.integers(4, 12).map(float),
    hard=st.sampled_from([None, 1.0, 3.0]),
    goods=st.sampled_from([None, "potato_table", "mushroom_oyster", "apple"]),
    off=st.floats(0.06, 6.0).map(lambda number: round(number, 2)),
    above=st.booleans(),
)


def put(village: Village, case: Case) -> None:
    limit = replace(
        LIMIT,
        safe_low=case.low,
        safe_high=case.high,
        hard_low=None if case.hard is None else case.low - case.hard,
        hard_high=None if case.hard is None else case.high + case.hard,
    )
    with village.dbs.records.write() as tx:
        tx.execute(delete(movements))
        if case.goods is not None:
            tx.execute(update(lots).values(produce=case.goods))
            facts = {"kind": "receive", "grams": case.grams, "to_room": village.room}
            tx.execute(insert(movements).values(lot=village.lot, at=T0, recorded_at=T0, **facts))
        limits.set_by_hand(tx, T0, village.room, [limit], None, "试")


def put_latest(village: Village, value: float) -> None:
    """The listener stores it together with the batch."""
    with village.dbs.journal.write() as tx:
        number = next(iter(series.all_series(tx)))
        latest.put(tx, village.clock, [Reading(number, village.clock - MINUTE_MS, value)])


def sms(village: Village) -> str:
    with village.dbs.records.write() as tx:
        NotificationPlanner("pretend").plan(tx, village.clock)
        return notifications.notifications(tx)[-1].text


def api(village: Village, path: str) -> dict[str, Any]:
    app = create_app(village.dbs, SqliteHistory(village.dbs.history), now=lambda: village.clock)
    with village.dbs.records.write() as tx:
        token = people.issue_token(tx, village.manager, "api", village.clock, HOUR_MS)
    answer = TestClient(app).get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@settings(max_examples=15, deadline=None)
@given(case=cases)
@example(Case(2.0, 8.0, None, "potato_table", 1.5, 12_540_000))
@example(Case(2.0, 8.0, None, "potato_table", -1.0, 640_250))
@example(Case(2.0, 8.0, None, None, 1.5, 1_250_000))
def test_sms_board_api_and_paper_say_the_same(case: Case) -> None:
    with TemporaryDirectory() as folder:
        dbs = Databases(Path(folder))
        create(dbs)
        village = make(dbs)
        put(village, case)
        village.minutes(Engine(dbs), 31, a=case.value)
        put_latest(village, case.value)
        text = sms(village)
        history = SqliteHistory(dbs.history)
        view = board(dbs, history, WORDS, village.clock)
        assert view is not None
        tile = view.tiles[0]
        alert = api(village, "/alerts")["items"][0]
        room = api(village, f"/rooms/{village.room}")
        paper = room_month.paper(dbs, history, village.room, 2026, 1, "zh", village.clock)
        dbs.close()
    verdict = WORDS.verdict(Verdict(alert["verdict"]))
    assert room["verdict"] == alert["verdict"]
    assert tile.verdict == verdict
    assert verdict.strip("↑↓") in text
    assert verdict in view.happened[0]
    number = WORDS.degrees(case.value)
    assert number in text
    assert number == f"{tile.figure.replace('−', '零下')}{tile.unit}"
    assert (room["temperature"], alert["value"]) == (case.value, case.value)
    assert f"该在{WORDS.bound(alert['limit'])}度" in text
    assert f"现在{tile.band}" in paper.notes
    assert tile.contents in text
    assert bool(tile.contents) == (case.goods is not None)
