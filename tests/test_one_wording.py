"""SMS, board, API and paper say the same of the same reading: verdict, number and unit.

Random rooms, limits, goods and values go through the real engine, planner, page views, API and report.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from alerts.engine import Engine
from alerts.notification_planner import NotificationPlanner
from api.app import create_app
from core.errors import Refused
from core.metrics import Verdict
from core.readings.readings import Reading
from core.rooms.limits import Limit
from core.rooms.places import NewPlacement, PositionClass
from core.stock.new_entries import NewMovement
from core.times import HOUR_MS, MINUTE_MS
from core.wording.numbers import bound_of, measured
from reports import room_month
from store.history.sqlite import SqliteHistory
from store.journal import latest, series
from store.notifications import notifications
from store.people import people
from store.rooms import limits, places
from store.rooms.tables import placements
from store.stock import ledger
from store.stock.stock_list import stock
from store.stock.tables import lots, movements
from tests.alerts.village import LIMIT, T0, Village, make
from tests.support.databases import new_databases
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


def api(village: Village, *paths: str) -> list[dict[str, Any]]:
    """The bodies of these addresses, from one application: making it is most of the time."""
    app = create_app(village.dbs, SqliteHistory(village.dbs.history), now=lambda: village.clock)
    with village.dbs.records.write() as tx:
        token = people.issue_token(tx, village.manager, "api", village.clock, HOUR_MS)
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    answers = [client.get(f"/api/v1{path}") for path in paths]
    assert all(answer.status_code == 200 for answer in answers), [answer.text for answer in answers]
    return [answer.json() for answer in answers]


@settings(max_examples=5, deadline=None)
@given(case=cases)
@example(Case(2.0, 8.0, None, "potato_table", 1.5, 12_540_000))
@example(Case(2.0, 8.0, None, "potato_table", -1.0, 640_250))
@example(Case(2.0, 8.0, None, None, 1.5, 1_250_000))
def test_sms_board_api_and_paper_say_the_same(case: Case) -> None:
    with TemporaryDirectory() as folder:
        dbs = new_databases(Path(folder))
        village = make(dbs)
        put(village, case)
        village.minutes(Engine(dbs), 31, a=case.value)
        put_latest(village, case.value)
        text = sms(village)
        history = SqliteHistory(dbs.history)
        view = board(dbs, history, WORDS, village.clock)
        assert view is not None
        tile = view.tiles[0]
        alerts, room = api(village, "/alerts", f"/rooms/{village.room}")
        (alert,) = alerts["items"]
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


@dataclass(frozen=True)
class DerivedCase:
    """A limit that the goods ask for (of CO2 a hand-set one, since only crops limit it), passed by `off`."""

    metric: str
    position_class: PositionClass
    goods: str
    off: float
    above: bool


derived_cases = st.builds(
    DerivedCase,
    metric=st.sampled_from(["temperature", "humidity", "co2"]),
    position_class=st.sampled_from([PositionClass.AIR, PositionClass.CORE]),
    goods=st.sampled_from(["potato_table", "mushroom_oyster", "apple"]),
    off=st.floats(0.5, 4.0).map(lambda number: round(number, 1)),
    above=st.booleans(),
)
CO2_LIMIT = replace(LIMIT, metric="co2", safe_low=None, safe_high=1200.0, hard_low=None, hard_high=2000.0)


def derive_limit(village: Village, case: DerivedCase) -> Limit:
    """Lets the goods decide; the limit that the case is about."""
    with village.dbs.records.write() as tx:
        tx.execute(update(lots).values(produce=case.goods))
        if case.metric == "co2":
            limits.set_by_hand(tx, T0, village.room, [LIMIT, CO2_LIMIT], None, "试")
        else:
            limits.back_to_contents(tx, T0, village.room, None)
        rows = limits.current(tx, village.room)
    of_metric = [row for row in rows if row.metric == case.metric]
    return next((row for row in of_metric if row.position_class == case.position_class), of_metric[0])


def value_outside(limit: Limit, case: DerivedCase) -> float:
    low, high = limit.safe_low, limit.safe_high
    step = case.off * (100 if case.metric == "co2" else 1)
    if high is not None and (case.above or low is None):
        return round(high + step, 1)
    return round((low or 0.0) - step, 1)


def report_outside(village: Village, limit: Limit, value: float) -> None:
    """One probe under the limit, until its delay is over, and the latest value as the listener stores it."""
    spot = "pile" if limit.position_class == PositionClass.CORE else "door"
    with village.dbs.records.write() as tx:
        tx.execute(delete(placements))
        place = NewPlacement(device="b", position="", room=village.room, spot=spot)
        places.place(tx, village.clock, place)
    with village.dbs.journal.write() as tx:
        number = series.get_or_make(tx, "b", limit.metric, "", village.clock)
    engine = Engine(village.dbs)
    for _ in range(0, limit.safe_delay_s + 300, 300):
        village.minutes(engine, 1, b=value)
        village.clock += 4 * MINUTE_MS
    with village.dbs.journal.write() as tx:
        latest.put(tx, village.clock, [Reading(number, village.clock - MINUTE_MS, value)])


@settings(max_examples=4, deadline=None)
@given(case=derived_cases)
@example(DerivedCase("temperature", PositionClass.CORE, "potato_table", 2.0, above=False))
@example(DerivedCase("humidity", PositionClass.AIR, "potato_table", 3.0, above=False))
@example(DerivedCase("co2", PositionClass.AIR, "apple", 3.0, above=True))
def test_a_limit_of_the_goods_is_said_alike_for_every_metric_and_class(case: DerivedCase) -> None:
    with TemporaryDirectory() as folder:
        dbs = new_databases(Path(folder))
        village = make(dbs)
        limit = derive_limit(village, case)
        value = value_outside(limit, case)
        report_outside(village, limit, value)
        text = sms(village)
        view = board(dbs, SqliteHistory(dbs.history), WORDS, village.clock)
        assert view is not None
        alerts, room = api(village, "/alerts", f"/rooms/{village.room}")
        (alert,) = alerts["items"]
        dbs.close()
    assert (alert["metric"], alert["class"], alert["value"]) == (limit.metric, limit.position_class, value)
    assert room["verdict"] == alert["verdict"]
    verdict = WORDS.verdict(Verdict(alert["verdict"]))
    assert view.tiles[0].verdict == verdict
    assert verdict.strip("↑↓") in text
    assert verdict in view.happened[0]
    assert WORDS.say(measured(limit.metric, value)) in text
    assert f"该在{WORDS.say(bound_of(limit.metric, alert['limit']))}" in text


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    dbs = new_databases(tmp_path_factory.mktemp("village"))
    yield make(dbs)
    dbs.close()


@settings(max_examples=10, deadline=None)
@given(grams=st.integers(1, 60_000_000), more=st.integers(1, 60_000_000))
@example(grams=1_250_000, more=1)
@example(grams=640_250, more=640_250)
def test_a_refusal_says_the_weight_that_the_page_shows(village: Village, grams: int, more: int) -> None:
    with village.dbs.records.write() as tx:
        tx.execute(delete(movements))
        facts = {"kind": "receive", "grams": grams, "to_room": village.room}
        tx.execute(insert(movements).values(lot=village.lot, at=T0, recorded_at=T0, **facts))
        with pytest.raises(Refused) as refusal:
            ledger.issue(tx, T0 + HOUR_MS, NewMovement(lot=village.lot, grams=grams + more, by=None))
        (line,) = stock(tx)
    assert refusal.value.reason == "not_enough"
    shown, requested = WORDS.exact_weight(line.grams), WORDS.exact_weight(grams + more)
    assert f"只有{shown}" in str(refusal.value)
    assert requested in str(refusal.value)
