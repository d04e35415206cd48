"""Papers as files: names, widths and numbers at their edges."""

import io
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

from reports import files
from reports.export_process import CONTENT_TYPES
from reports.papers import Paper
from reports.run import FORMATS, _file_name


def paper(frame: pd.DataFrame, **more: object) -> Paper:
    facts = {"name": "x", "title": "x", "notes": (), "decimals": {}, "totals": ()} | more
    return Paper(frame=frame, **facts)  # type: ignore[arg-type]


def sheet(content: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("3号库-2026-01-温湿度", "3号库-2026-01-温湿度"),
        ("a/b\\c:d", "a-b-c-d"),
        ("..", "report"),
        ("", "report"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\r\nSet-Cookie: x", "a-Set-Cookie-x"),
    ],
)
def test_a_file_name_holds_nothing_that_a_file_system_or_a_header_minds(name: str, plain: str) -> None:
    assert _file_name(name) == plain


@pytest.mark.parametrize(
    ("title", "name"),
    [("1号棚", "1号棚"), ("a[b]:c*?/\\'d", "a b  c     d"), ("", "1"), ("库" * 40, "库" * 31)],
)
def test_a_sheet_has_a_name_that_excel_opens(title: str, name: str) -> None:
    assert files._sheet_name(title) == name


def test_there_is_a_content_type_for_every_form() -> None:
    assert set(FORMATS) == set(CONTENT_TYPES)


def test_a_gap_is_an_empty_cell_and_not_a_nought() -> None:
    frame = pd.DataFrame({"t": [7.5, float("nan"), None, float("inf")]})
    cells = [cell.findtext("{*}v") for cell in sheet(files.xlsx(paper(frame), "zh")).findall(".//{*}c")]
    assert cells.count("7.5") == 1
    assert cells[-3:] == [None, None, None]
    assert not any(cell in ("nan", "inf", "NaN") for cell in cells)
    text = files.csv(paper(frame[:3]), "zh").decode("utf-8-sig")
    assert text.splitlines()[1:3] == ["7.5", '""']


def test_totals_are_summed_only_where_the_paper_says_so() -> None:
    frame = pd.DataFrame({"lot": ["a", "b"], "kg": [1.5, 2.25], "days": [3, 4]})
    root = sheet(files.xlsx(paper(frame, totals=("kg",), decimals={"kg": 2}), "zh"))
    numbers = [float(cell.findtext("{*}v") or 0) for cell in root.findall(".//{*}c") if cell.get("t") is None]
    assert 3.75 in numbers
    assert 7.0 not in numbers


def test_an_empty_table_has_no_totals() -> None:
    frame = pd.DataFrame({"lot": pd.Series([], dtype="str"), "kg": pd.Series([], dtype="float64")})
    rows = sheet(files.xlsx(paper(frame, totals=("kg",)), "zh")).findall(".//{*}row")
    assert len(rows) == 2, "the title and the headings"


def test_columns_are_as_wide_as_their_text_within_bounds() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": ["货" * 30], "c": ["青薯9号青薯"]})
    widths = [
        float(column.get("width", "0"))
        for column in sheet(files.xlsx(paper(frame), "zh")).findall(".//{*}col")
    ]
    assert [round(width) for width in widths] == [9, 41, 14]


@pytest.mark.parametrize(("places", "form"), [(None, "General"), (0, "0"), (1, "0.0"), (3, "0.000")])
def test_decimals_become_a_number_format(places: int | None, form: str) -> None:
    assert files._number_format(places) == form
