"""Encodes a paper as CSV that Excel opens in Chinese, or as XLSX that prints on A4."""

import io
import math
import unicodedata
from collections.abc import Callable
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from i18n.language import Lang, translator
from reports.papers import Paper

BEGINS_A_FORMULA = frozenset("=+-@\t\r\n")
MOST_WIDTH, LEAST_WIDTH = 40, 8


def csv(paper: Paper, lang: Lang) -> bytes:
    """UTF-8 with a byte order mark (Excel needs it), one line of headings, no title."""
    frame = paper.frame.map(_harmless)
    frame.columns = pd.Index([_harmless(head) for head in frame.columns])
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    """Prefixes text that a spreadsheet would execute as a formula with an apostrophe. Full-width
    characters count too, because Chinese Excel reads ＝ as =."""
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value)
    begins = plain[:1] in BEGINS_A_FORMULA or plain.lstrip()[:1] in BEGINS_A_FORMULA
    return "'" + value if begins else value


def xlsx(paper: Paper, lang: Lang) -> bytes:
    """Title, notes and a table that repeats its headings on every printed page, with totals if the paper
    has any. Text is written as plain text: no formulas, no links."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": paper.title})
        sheet = book.add_worksheet(_sheet_name(paper.title))
        _Sheet(book, sheet, paper, translator(lang)).fill()
    return buffer.getvalue()


class _Sheet:
    def __init__(
        self, book: xlsxwriter.Workbook, sheet: Worksheet, paper: Paper, translate: Callable[[str], str]
    ) -> None:
        self.sheet, self.paper, self._ = sheet, paper, translate
        self.heads = [str(head) for head in paper.frame.columns]
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.note = book.add_format({"font_color": "#555555"})
        line = {"border": 1, "border_color": "#999999"}
        heading = {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter"}
        self.head = book.add_format(heading | {"bg_color": "#EEEEEE"} | line)
        self.formats = {
            head: book.add_format(line | {"num_format": _number_format(paper.decimals.get(head))})
            for head in self.heads
        }
        self.sums = {
            head: book.add_format(
                line | {"num_format": _number_format(paper.decimals.get(head)), "bold": True}
            )
            for head in self.heads
        }

    def fill(self) -> None:
        sheet, paper = self.sheet, self.paper
        sheet.write_string(0, 0, paper.title, self.title)
        for row, note in enumerate(paper.notes, 1):
            sheet.write_string(row, 0, note, self.note)
        top = len(paper.notes) + 2
        for column, head in enumerate(self.heads):
            sheet.write_string(top, column, head, self.head)
            sheet.set_column(column, column, self._width(column))
            for row, value in enumerate(paper.frame.iloc[:, column], top + 1):
                self._cell(row, column, value, self.formats[head])
        last = top + len(paper.frame)
        if paper.totals and len(paper.frame):
            last += 1
            self._totals(last)
        sheet.freeze_panes(top + 1, 1)
        self._page(top, last)

    def _cell(self, row: int, column: int, value: Any, form: Any) -> None:
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            self.sheet.write_blank(row, column, None, form)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, form)
        else:
            self.sheet.write_number(row, column, float(value), form)

    def _totals(self, row: int) -> None:
        for column, head in enumerate(self.heads):
            total: Any = self._("合计") if column == 0 else None
            if head in self.paper.totals:
                total = float(self.paper.frame[head].sum())
            self._cell(row, column, total, self.sums[head])

    def _width(self, column: int) -> float:
        """Column width in characters, from the widest text; a Chinese character takes two."""
        head = self.heads[column]
        places = self.paper.decimals.get(head)
        shown = (_shown(value, places) for value in self.paper.frame.iloc[:, column])
        widest = max([_places(head), *(_places(text) for text in shown)])
        return min(max(widest + 2, LEAST_WIDTH), MOST_WIDTH)

    def _page(self, top: int, last: int) -> None:
        sheet = self.sheet
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
        sheet.print_area(0, 0, last, len(self.heads) - 1)
        sheet.set_footer(f"&L{self._('签字')}________________&R&P / &N")


def _number_format(places: int | None) -> str:
    return "General" if places is None else "0" if places == 0 else "0." + "0" * places


def _shown(value: Any, places: int | None) -> str:
    if isinstance(value, float) and places is not None:
        return f"{value:.{places}f}"
    return str(value)


def _places(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _sheet_name(title: str) -> str:
    """Excel allows 31 characters and none of []:*?/\\ in a sheet's name."""
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()
    return plain[:31] or "1"
