"""巡库记录 as a paper."""

from collections.abc import Sequence

import pytest

from core.errors import Refused
from core.patrols.patrols import NewPatrol
from core.people.people import NewPerson
from core.readings.manual_readings import NewManualReading
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from reports import patrols as report
from store.catalogue import produce
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.patrols import patrols
from store.people import federation
from store.people.people import add_person
from store.readings import manual_readings
from store.rooms import places
from tests.reports.papers_made import export

JANUARY = 1_767_196_800_000  # 2026-01-01 00:00 in Shanghai
NOW = JANUARY + 2 * DAY_MS + 11 * HOUR_MS


@pytest.fixture
def store(dbs: Databases) -> Databases:
    past = JANUARY - 40 * DAY_MS
    with dbs.records.write() as tx:
        produce.seed(tx, past)
        federation.add_federation(tx, past, "万宝山联合社", "万宝山", demo=True)
        federation.add_site(tx, past, "冷库")
        add_person(tx, past, NewPerson(name="任师傅", role="keeper"))
        for name in ("3号库", "4号库"):
            places.add_room(tx, past, NewRoom(site=1, name=name, kind="cold_room"))
        places.place(tx, past, NewPlacement(device="men", position="", room=1, spot="door", valid_from=past))
    return dbs


def go_round(store: Databases, room: int, at: int, value: float | None, wrong: Sequence[str] = ()) -> None:
    typed = None
    if value is not None:
        with store.journal.write() as tx:
            values = {"temperature": value}
            typed = manual_readings.put(
                tx, NOW, NewManualReading(person=1, room=room, spot="door", values=values, at=at)
            ).reading
    with store.records.write() as tx:
        patrols.add(
            tx, NOW, NewPatrol(room=room, by=1, spot="door", typed=typed, wrong=wrong, note="=1+1", at=at)
        )


def lines(store: Databases, room: int | None = None) -> list[tuple[object, ...]]:
    paper = report.paper(store, SqliteHistory(store.history), room, 2026, 1, "zh", NOW)
    heads = ["日期", "时段", "库棚", "时间", "备注"]
    return [tuple(row) for row in paper.frame[heads].itertuples(index=False)]


def test_each_round_is_a_line_beside_the_probe_and_the_missing_ones_are_too(store: Databases) -> None:
    with store.journal.write() as tx:
        number = get_or_make(tx, "men", "temperature", "", JANUARY)
    readings = [Reading(number, JANUARY + 8 * HOUR_MS, 3.6)]
    SqliteHistory(store.history).write(readings, 1, NOW)
    go_round(store, 1, JANUARY + 8 * HOUR_MS + 5 * MINUTE_MS, 3.4, ["drip"])
    go_round(store, 1, JANUARY + DAY_MS + 15 * HOUR_MS, None)
    paper = report.paper(store, SqliteHistory(store.history), None, 2026, 1, "zh", NOW)
    assert lines(store) == [
        ("2026-01-01", "上午", "3号库", "08:05", "=1+1"),
        ("2026-01-01", "下午", "3号库", "", "没巡"),
        ("2026-01-02", "上午", "3号库", "", "没巡"),
        ("2026-01-02", "下午", "3号库", "15:00", "=1+1"),
        ("2026-01-03", "上午", "3号库", "", "没巡"),
    ], "a room without any round this month is not accused"
    first = paper.frame.iloc[0]
    assert (first["表上(℃)"], first["探头(℃)"], first["差(度)"]) == (3.4, 3.6, 0.2)
    assert (first["滴水"], first["门"], first["谁"]) == ("有问题", "✓", "任师傅")
    assert any("巡了2次，漏了3次" in note for note in paper.notes)


def test_while_it_rested_nobody_had_to_come(store: Databases) -> None:
    go_round(store, 1, JANUARY + 8 * HOUR_MS, 3.4)
    with store.records.write() as tx:
        places.close_for_season(tx, JANUARY + 13 * HOUR_MS, 1, 1)
        places.reopen(tx, JANUARY + 2 * DAY_MS - HOUR_MS, 1, 1, "potato_table")
    assert [line[:2] for line in lines(store, 1)] == [("2026-01-01", "上午"), ("2026-01-03", "上午")]


def test_as_a_file_it_runs_no_formula(store: Databases) -> None:
    go_round(store, 1, JANUARY + 8 * HOUR_MS, 3.4)
    made = export("patrols", "csv", store.data_dir, room=1, month="2026-01", now=NOW).decode("utf-8-sig")
    assert "'=1+1" in made
    assert export("patrols", "xlsx", store.data_dir, month="2026-01", now=NOW)[:2] == b"PK"
    assert len(export("patrols", "csv", store.data_dir, month="2025-12", now=NOW).splitlines()) == 1


def test_what_is_not_there_is_refused(store: Databases) -> None:
    for room, month, reason in ((9, "2026-01", "unknown_room"), (1, "2026-13", "unknown_month")):
        with pytest.raises(Refused) as refused:
            export("patrols", "csv", store.data_dir, room=room, month=month, now=NOW)
        assert refused.value.reason == reason
