"""`python -m reports.run`: creates one file and writes it to standard output.

`reports.export_process` starts it. Output: one line of JSON, {"name": ...}, then the file. If the request
is refused, the exit code is 3 and standard error has {"reason", "text", "facts"}.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from core.errors import Refused
from i18n.language import Lang, as_lang
from reports import calibrations, files, patrols, room_month, stock
from reports.export_process import DATABASE, TOKEN
from reports.papers import Paper
from store.database import Databases
from store.history.choose import open_history
from store.readings.calibrated_history import CalibratedHistory
from store.readings.pending_history import PendingHistory

REFUSED = 3
FORMATS: dict[str, Callable[[Paper, Lang], bytes]] = {"csv": files.csv, "xlsx": files.xlsx}


def main(arguments: list[str] | None = None) -> int:
    options = _arguments().parse_args(arguments)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)  # alerts and pages have priority
    dbs = Databases(options.data_dir, os.environ.get(DATABASE) or "sqlite")
    try:
        paper = _paper(dbs, options)
        content = FORMATS[options.format](paper, as_lang(options.lang))
    except Refused as refused:
        refusal = {"reason": refused.reason, "text": refused.text, "facts": refused.facts}
        print(json.dumps(refusal, default=str), file=sys.stderr)
        return REFUSED
    finally:
        dbs.close()
    head = {"name": f"{_file_name(paper.name)}.{options.format}"}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()
    return 0


def _paper(dbs: Databases, options: argparse.Namespace) -> Paper:
    lang = as_lang(options.lang)
    if options.kind == "stock":
        return stock.paper(dbs, options.cooperative, lang, options.now)
    if options.kind == "calibrations":
        return calibrations.paper(dbs, lang, options.now)
    year, _, month = options.month.partition("-")
    if not (year.isdecimal() and month.isdecimal()):
        raise Refused("unknown_month", "没有这个月")
    stored = open_history(dbs, options.history, os.environ.get(TOKEN, ""))
    history = CalibratedHistory(dbs, PendingHistory(dbs, stored))
    if options.kind == "patrols":
        return patrols.paper(dbs, history, options.room or None, int(year), int(month), lang, options.now)
    return room_month.paper(dbs, history, options.room, int(year), int(month), lang, options.now)


def _file_name(name: str) -> str:
    """Removes characters that file systems or HTTP headers do not allow."""
    return re.sub(r"[\\/:*?\"<>|\s\x00-\x1f]+", "-", name).strip(".-") or "report"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reports.run")
    parser.add_argument("kind", choices=("room-month", "stock", "patrols", "calibrations"))
    parser.add_argument("--format", choices=tuple(FORMATS), default="csv")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--now", type=int, required=True, help="milliseconds since 1970")
    parser.add_argument("--lang", default="zh")
    parser.add_argument("--room", type=int, default=0)
    parser.add_argument("--month", default="", help="2026-01")
    parser.add_argument("--cooperative", type=int)
    parser.add_argument("--history", default="sqlite", help="as COLDSHED_HISTORY_URL")
    return parser


if __name__ == "__main__":
    sys.exit(main())
