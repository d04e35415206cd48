"""The two papers, their files, and the child that makes them."""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from core.errors import Refused, StoreError
from core.readings.calibrations import NewCalibration
from core.readings.readings import Flag, Reading
from core.rooms.places import NewPlacement, NewRoom
from core.stock.new_entries import NewLot
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from reports import files, room_month, stock
from reports.calibrations import calibrations_table
from reports.papers import Paper
from store.catalogue import produce
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.people import federation
from store.readings.calibrations import calibrate
from store.rooms import places
from store.stock import ledger
from tests.reports.papers_made import export, export_paper
from tests.support.histories import ShownVictoria, Victoria

JANUARY = 1_767_196_800_000  # 2026-01-01 00:00 in Shanghai, 16:00 UTC the day before
NOW = JANUARY + 3 * DAY_MS


@pytest.fixture
def store(dbs: Databases) -> Databases:
    """A room with potatoes and two probes by the door and at the back, and one in the pile."""
    with dbs.records.write() as tx:
        produce.seed(tx, JANUARY)
        federation.add_federation(tx, JANUARY, "万宝山联合社", "万宝山", demo=True)
        village = federation.add_village(tx, JANUARY, "交口村")
        federation.add_cooperative(tx, JANUARY, "交口合作社", village)
        federation.add_cooperative(tx, JANUARY, "=古池合作社", village)
        federation.add_site(tx, JANUARY, "冷库", village)
        places.add_room(tx, JANUARY, NewRoom(site=1, name="3号库", kind="cold_room"))
        past = JANUARY - 40 * DAY_MS
        places.place(
            tx, JANUARY, NewPlacement(device="men", position="", room=1, spot="door", valid_from=past)
        )
        places.place(
            tx, JANUARY, NewPlacement(device="li", position="", room=1, spot="back", valid_from=past)
        )
        places.place(
            tx, JANUARY, NewPlacement(device="dui", position="", room=1, spot="pile", valid_from=past)
        )
        facts = {"produce": "potato_table", "room": 1, "by": None, "at": past}
        ledger.receive(tx, NOW, NewLot(**facts, cooperative=1, grams=20_000_000, bags=500, variety="青薯9号"))  # type: ignore[arg-type]
        ledger.receive(tx, NOW, NewLot(**facts, cooperative=2, grams=500_500, variety="+cmd|' /C calc'!A0"))  # type: ignore[arg-type]
    with dbs.journal.write() as tx:
        for device in ("men", "li", "dui"):
            for metric in ("temperature", "humidity"):
                get_or_make(tx, device, metric, "", JANUARY)
    return dbs


def series(store: Databases, device: str, metric: str) -> int:
    with store.journal.write() as tx:
        return get_or_make(tx, device, metric, "", JANUARY)


def write(
    store: Databases, device: str, metric: str, values: list[tuple[int, float]], flags: int = 0
) -> None:
    ident = series(store, device, metric)
    readings = [Reading(ident, JANUARY + at, value, flags) for at, value in values]
    SqliteHistory(store.history).write(readings, 1, NOW)


def january(store: Databases, now: int | None = NOW) -> pd.DataFrame:
    return room_month.room_month(store, SqliteHistory(store.history), 1, 2026, 1, "zh", now)


def test_a_month_begins_at_midnight_of_the_sites_clock_and_ends_now(store: Databases) -> None:
    frame = january(store)
    assert len(frame) == 72
    assert list(frame["时间"][:2]) == ["2026-01-01 00:00", "2026-01-01 01:00"]
    assert len(january(store, None)) == 31 * 24
    assert len(january(store, JANUARY - 1)) == 0


def test_an_hour_has_the_lowest_and_the_highest_of_all_probes_of_the_air(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 1.0), (2 * MINUTE_MS, 2.0)])
    write(store, "li", "temperature", [(MINUTE_MS, 4.0), (59 * MINUTE_MS, 6.0), (60 * MINUTE_MS, 9.0)])
    write(store, "dui", "temperature", [(MINUTE_MS, 3.3)])
    frame = january(store)
    heads = ["气温最低(℃)", "气温平均(℃)", "气温最高(℃)", "堆里最高(℃)", "读数(个)"]
    assert list(frame.loc[0, heads]) == [1.0, 3.2, 6.0, 3.3, 4]  # mean of the means 1.5 and 5, to a tenth
    assert list(frame.loc[1, heads[:3]]) == [9.0, 9.0, 9.0]


def test_an_hour_without_readings_is_a_gap_and_not_a_nought(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 3.0)])
    frame = january(store)
    assert frame["气温平均(℃)"].isna()[5]
    assert frame.loc[5, "读数(个)"] == 0
    assert "堆里最高(℃)" not in frame.columns


def test_what_is_doubtful_does_not_count(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 3.0)])
    write(store, "men", "temperature", [(2 * MINUTE_MS, 85.0)], int(Flag.IMPLAUSIBLE))
    assert list(january(store).loc[0, ["气温最高(℃)", "读数(个)"]]) == [3.0, 1]


def test_a_probe_counts_only_while_it_stood_here(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 3.0), (HOUR_MS + MINUTE_MS, 20.0), (3 * HOUR_MS, 20.0)])
    with store.records.write() as tx:
        places.add_room(tx, NOW, NewRoom(site=1, name="4号库", kind="cold_room"))
        places.place(
            tx,
            NOW,
            NewPlacement(device="men", position="", room=2, spot="door", valid_from=JANUARY + HOUR_MS),
        )
    frame = january(store)
    assert frame["气温最高(℃)"].max() == 3.0


def test_a_calibrated_probe_is_in_the_record_as_it_was_corrected(store: Databases) -> None:
    write(store, "men", "temperature", [(hour * HOUR_MS, 3.0) for hour in range(4)])
    with store.records.write() as tx:
        calibrate(
            tx,
            NOW,
            NewCalibration(
                device="men",
                position="",
                metric="temperature",
                offset=0.5,
                method="ice",
                by=None,
                done_at=JANUARY + 2 * HOUR_MS + MINUTE_MS,
            ),
        )
    made = export("room-month", "csv", store.data_dir, room=1, month="2026-01", now=NOW).decode("utf-8-sig")
    lines = [line.split(",") for line in made.splitlines() if line.startswith("2026-01-01 0")]
    assert [line[1] for line in lines[:4]] == ["3.0", "3.0", "3.5", "3.5"]


def test_what_a_person_read_fills_an_hour_without_probes_and_says_so(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 3.0)])
    with store.journal.write() as tx:
        typed = get_or_make(tx, "person:1", "temperature", "door", JANUARY)
        pile = get_or_make(tx, "person:1", "temperature", "pile", JANUARY)
    readings = [
        Reading(typed, JANUARY + 2 * MINUTE_MS, 9.0, int(Flag.PERSON)),
        Reading(typed, JANUARY + 5 * HOUR_MS, 3.4, int(Flag.PERSON | Flag.LATE)),
        Reading(pile, JANUARY + 6 * HOUR_MS, 5.5, int(Flag.PERSON)),
    ]
    SqliteHistory(store.history).write(readings, 1, NOW)
    frame = january(store)
    heads = ["气温最低(℃)", "气温平均(℃)", "气温最高(℃)", "读数(个)", "备注"]
    assert list(frame.loc[0, heads]) == [3.0, 3.0, 3.0, 1, ""], "a probe was there: it alone counts"
    assert list(frame.loc[5, heads]) == [3.4, 3.4, 3.4, 0, "人工"]
    assert list(frame.loc[6, ["堆里最高(℃)", "备注"]]) == [5.5, "人工"]
    assert frame["气温最高(℃)"].isna()[7]
    paper = room_month.paper(store, SqliteHistory(store.history), 1, 2026, 1, "zh", NOW)
    assert any("人工" in note and "2行" in note for note in paper.notes)


def test_hours_follow_a_clock_that_is_half_an_hour_off(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        produce.seed(tx, JANUARY)
        federation.add_site(tx, JANUARY, "Kolkata", None, "Asia/Kolkata")
        places.add_room(tx, JANUARY, NewRoom(site=1, name="1", kind="cold_room"))
        places.place(
            tx,
            JANUARY,
            NewPlacement(device="men", position="", room=1, spot="door", valid_from=JANUARY - DAY_MS),
        )
    midnight = JANUARY + 2 * HOUR_MS + 30 * MINUTE_MS  # 18:30 UTC
    write(
        dbs, "men", "temperature", [(midnight - JANUARY + at, at / MINUTE_MS) for at in (0, 59 * MINUTE_MS)]
    )
    write(dbs, "men", "temperature", [(midnight - JANUARY + HOUR_MS, 5.0)])
    frame = january(dbs)
    assert list(frame["时间"][:2]) == ["2026-01-01 00:00", "2026-01-01 01:00"]
    assert list(frame["气温最高(℃)"][:2]) == [59.0, 5.0]
    assert list(frame["读数(个)"][:2]) == [2, 1]


@pytest.mark.parametrize(("room", "month"), [(99, 1), (1, 0), (1, 13)])
def test_it_refuses_a_room_or_a_month_that_is_not_there(store: Databases, room: int, month: int) -> None:
    with pytest.raises(Refused):
        room_month.room_month(store, SqliteHistory(store.history), room, 2026, month, "zh")


def test_the_stock_list_says_what_lies_where_and_since_when(store: Databases) -> None:
    frame = stock.stock_table(store, None, "zh", NOW)
    line = frame.iloc[0]
    assert list(line) == [
        "土豆", "青薯9号", "交口合作社", "冷库", "3号库", 1, 500, 40_000, 20, "2025-11-22", 43,
    ]  # fmt: skip
    assert frame.iloc[1]["斤"] == 1001
    assert pd.isna(frame.iloc[1]["袋(约)"])


def test_a_cooperative_gets_its_own_lines_only(store: Databases) -> None:
    assert list(stock.stock_table(store, 1, "zh", NOW)["批次"]) == [1]
    assert list(stock.stock_table(store, 2, "en", NOW)["Lot"]) == [2]
    assert len(stock.stock_table(store, 99, "zh", NOW)) == 0


def test_headings_and_goods_are_said_in_english(store: Databases) -> None:
    frame = stock.stock_table(store, 1, "en", NOW)
    assert frame.iloc[0]["Goods"] == "potatoes"
    for paper in (
        stock.paper(store, None, "en", NOW),
        room_month.paper(store, SqliteHistory(store.history), 1, 2026, 1, "en", NOW),
    ):
        words = [*paper.frame.columns, *paper.notes, paper.title]
        own_words = "".join(words).replace("万宝山联合社", "").replace("冷库", "").replace("3号库", "")
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in own_words), own_words


def test_the_demo_says_that_it_is_one(store: Databases) -> None:
    for paper in (
        stock.paper(store, None, "zh", NOW),
        room_month.paper(store, SqliteHistory(store.history), 1, 2026, 1, "zh", NOW),
    ):
        assert any("演示" in note for note in paper.notes)


def cells(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "－1", "\r=1", "好"]


def test_a_cell_that_would_run_as_a_formula_is_made_harmless_in_csv() -> None:
    frame = pd.DataFrame({"=head": NASTY, "n": [-1.5] * len(NASTY)})
    rows = cells(files.csv(Paper("x", "x", (), frame, {}), "zh"))
    assert rows[0] == ["'=head", "n"]
    assert [row[0] for row in rows[1:]] == [*("'" + text for text in NASTY[:-1]), "好"]
    assert {row[1] for row in rows[1:]} == {"-1.5"}  # numbers stay numbers


def test_nothing_in_an_xlsx_is_a_formula_or_a_link() -> None:
    frame = pd.DataFrame({"=head": [*NASTY, "http://example.org", "\x01"]})
    sheet = _sheet(files.xlsx(Paper("x", "=1+1", ("=2",), frame, {}), "zh"))
    assert len(sheet.findall(".//{*}c")) > len(NASTY)
    assert not sheet.findall(".//{*}f")
    assert not sheet.findall(".//{*}hyperlink")


def _sheet(content: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))


def test_an_xlsx_has_numbers_sums_and_columns_wide_enough(store: Databases) -> None:
    content = files.xlsx(stock.paper(store, None, "zh", NOW), "zh")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "万宝山联合社 存货" in texts
    assert "合计" in texts
    sheet = _sheet(content)
    numbers = [
        float(cell.findtext("{*}v") or "0") for cell in sheet.findall(".//{*}c") if cell.get("t") is None
    ]
    assert 41_001 in numbers
    widths = [float(column.get("width", "0")) for column in sheet.findall(".//{*}col")]
    assert min(widths) >= 8
    assert max(widths) <= 41


def test_an_empty_list_is_a_file_too(store: Databases) -> None:
    paper = stock.paper(store, 99, "zh", NOW)
    assert len(cells(files.csv(paper, "zh"))) == 1
    assert _sheet(files.xlsx(paper, "zh")) is not None


# --- the child ---------------------------------------------------------------------------------------


def test_the_child_makes_every_paper_in_both_forms(store: Databases) -> None:
    write(store, "men", "temperature", [(MINUTE_MS, 3.0)])
    month = export("room-month", "csv", store.data_dir, room=1, month="2026-01", now=NOW)
    assert cells(month)[1][:4] == ["2026-01-01 00:00", "3.0", "3.0", "3.0"]
    made = export_paper("room-month", "xlsx", store.data_dir, room=1, month="2026-01", now=NOW)
    assert made.name == "3号库-2026-01-温湿度.xlsx"
    assert made.content[:2] == b"PK"
    assert "spreadsheetml" in made.content_type
    own = export("stock", "csv", store.data_dir, cooperative=2, now=NOW)
    assert [row[1:3] for row in cells(own)[1:]] == [["'+cmd|' /C calc'!A0", "'=古池合作社"]]


def test_what_the_child_refuses_is_refused_here(store: Databases) -> None:
    with pytest.raises(Refused, match="没有这个库") as refused:
        export("room-month", "csv", store.data_dir, room=99, month="2026-01", now=NOW)
    assert refused.value.reason == "unknown_room"
    with pytest.raises(Refused, match="没有这个月"):
        export("room-month", "csv", store.data_dir, room=1, month="January", now=NOW)


def test_a_child_that_takes_too_long_or_fails_is_no_answer(store: Databases, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="longer than"):
        export("stock", "csv", store.data_dir, now=NOW, timeout_s=0.01)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(StoreError, match="failed"):
        export("stock", "csv", tmp_path / "nothing", now=NOW)


def test_whoever_starts_the_child_does_not_load_pandas() -> None:
    code = (
        "import sys, reports.export_process; "
        "print(sorted({'pandas', 'numpy', 'xlsxwriter'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_record_of_calibrations_says_what_still_holds(store: Databases) -> None:
    with store.records.write() as tx:
        for offset, day, lasts in ((0.2, -400, 365), (-0.3, 0, 365)):
            done = NOW + day * DAY_MS
            calibrate(
                tx,
                NOW,
                NewCalibration(
                    device="men",
                    position="",
                    metric="temperature",
                    offset=offset,
                    method="ice",
                    by=None,
                    done_at=done,
                    due_at=done + lasts * DAY_MS,
                ),
            )
        calibrate(
            tx,
            NOW,
            NewCalibration(
                device="li",
                position="",
                metric="humidity",
                offset=1.5,
                method="laboratory",
                by=None,
                due_at=NOW + 9 * DAY_MS,
                certificate="JL-1",
            ),
        )
    frame = calibrations_table(store, "zh", NOW)
    assert len(frame) == 3
    now_holds = {(row["设备编号"], row["差值"]): row["现在"] for _, row in frame.iterrows()}
    assert now_holds == {("men", 0.2): "", ("men", -0.3): "有效", ("li", 1.5): "快到期"}
    assert set(frame["现在在哪"]) == {"3号库 门边", "3号库 最里"}
    later = calibrations_table(store, "en", NOW + 10 * DAY_MS)
    assert set(later["Now"]) == {"", "valid", "overdue"}
    made = export("calibrations", "csv", store.data_dir, now=NOW).decode("utf-8-sig")
    assert "JL-1" in made
    assert export("calibrations", "xlsx", store.data_dir, now=NOW)[:2] == b"PK"


def test_a_months_file_comes_from_a_history_outside_too(
    store: Databases, victoria_server: Callable[[], Victoria]
) -> None:
    values = [(n * 10 * MINUTE_MS, 3.0 + n % 3) for n in range(300)]
    write(store, "men", "temperature", values)
    facts = {"room": 1, "month": "2026-01", "now": NOW}
    embedded = export_paper("room-month", "csv", store.data_dir, **facts)  # type: ignore[arg-type]
    with store.history.write() as tx:
        for table in ("points", "rollup_5m", "rollup_1h"):
            tx.exec_driver_sql(f"DELETE FROM {table}")
    address = victoria_server().address()
    history = ShownVictoria(store, address)
    ident = series(store, "men", "temperature")
    history.import_points(Reading(ident, JANUARY + at, value) for at, value in values)
    assert history.spans([ident])
    facts["history_url"] = f"victoriametrics://{address.url.removeprefix('http://')}/{address.name}"
    outside = export_paper("room-month", "csv", store.data_dir, **facts)  # type: ignore[arg-type]
    assert outside.content == embedded.content
    assert len(cells(outside.content)) > 40
