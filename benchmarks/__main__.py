"""`make bench`: runs all benchmarks, prints a table and writes build/bench.json."""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

PARTS = (
    "ingest",
    "mixed",
    "intake",
    "recorder",
    "year_chart",
    "histories",
    "chart",
    "page",
    "load",
    "memory",
    "wear",
)
"""Modules of this folder; each has `run()`, which returns figure name -> number."""

AIMS = {
    "ingest_ratio": "at least 3.0",
    "ingest_ratio_mixed": "at least 2.5",
    "device_scaling_ratio": "at most 1.2",
    "backlog_readings_per_s": "at least 200000",
    "recorder_readings_per_s": "at least 50000",
    "year_chart_ms": "at most 50",
    "publish_to_page_p95_ms": "at most 500",
    "memory_mb": "at most 250",
    "written_tb_per_year_60_probes": "at most 0.6",
}


def main() -> None:
    console = Console(stderr=True)
    figures: dict[str, float] = {}
    for name in sys.argv[1:] or PARTS:
        run: Callable[[], dict[str, float]] = import_module(f"benchmarks.{name}").run
        started = time.monotonic()
        with console.status(f"measuring {name}"):
            figures |= run()
        console.print(f"measured {name} in {time.monotonic() - started:.0f} s")
    table = Table("figure", "value", "aim")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if value < 100 else f"{value:,.0f}", AIMS.get(name, ""))
    Console().print(table)
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
