"""How a VictoriaMetrics was started, by its own word in `/metrics`: it answers 204 to what it throws away,
so what it would throw away must be known before."""

import re
from typing import NamedTuple

from core.errors import StoreError
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS
from store.history.http import HttpAnswer, HttpServer

AHEAD = DAY_MS
"""It takes up to two days ahead."""
RETENTION, DEDUP = "retentionPeriod", "dedup.minScrapeInterval"
_FLAG = re.compile(r'^flag\{name="([^"]+)", ?value="([^"]*)"', re.MULTILINE)
_STARTED = re.compile(r"^process_start_time_seconds ([0-9.eE+]+)", re.MULTILINE)
_UNITS = {"h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS, "y": 365 * DAY_MS, "": 31 * DAY_MS}


class VictoriaSettings(NamedTuple):
    """`retention` (ms) and `dedup` are None where `/metrics` cannot be read; `started_at` too."""

    started_at: int | None
    retention: int | None
    dedup: str | None

    def must_be_usable(self) -> None:
        if self.dedup is not None and not any(digit in self.dedup for digit in "123456789"):
            raise StoreError(
                "VictoriaMetrics counts what is written twice twice: "
                "please start it with -dedup.minScrapeInterval=1ms"
            )

    def takes(self, now: int) -> tuple[int, int]:
        """From when on, and until when (ms)."""
        oldest = 0 if self.retention is None else max(0, now - self.retention + MINUTE_MS)
        return oldest, now + AHEAD

    def report(self) -> list[str]:
        if self.retention is None:
            return ["VictoriaMetrics does not show /metrics: how long it keeps is not known"]
        return [f"VictoriaMetrics keeps {self.retention / DAY_MS:g} days, -{DEDUP}={self.dedup}"]


def read_state(http: HttpServer) -> VictoriaSettings:
    try:
        text = http.get("/metrics").decode("utf-8", "replace")
    except HttpAnswer:  # a guard before it, or -metricsAuthKey
        return VictoriaSettings(None, None, None)
    flags = dict(_FLAG.findall(text))
    started = _STARTED.search(text)
    return VictoriaSettings(
        round(float(started[1]) * 1000) if started else None,
        _period(flags.get(RETENTION, "")),
        flags.get(DEDUP),
    )


def _period(text: str) -> int | None:
    found = re.fullmatch(r"([0-9.]+)([hdwy]?)", text)
    return round(float(found[1]) * _UNITS[found[2]]) if found else None
