"""Reads VictoriaMetrics' settings from its `/metrics`.

The server confirms points that it drops with 204, so the writer must know the limits beforehand.
"""

import re
from typing import NamedTuple

from core.errors import StoreError
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.history.http import HttpAnswer, HttpServer

AHEAD_MS = DAY_MS
"""The writer's limit; the server accepts up to two days ahead."""
RETENTION, DEDUP = "retentionPeriod", "dedup.minScrapeInterval"
_FLAG = re.compile(r'^flag\{name="([^"]+)", ?value="([^"]*)"', re.MULTILINE)
_STARTED = re.compile(r"^process_start_time_seconds ([0-9.eE+]+)", re.MULTILINE)
_HIDDEN = (401, 403, 404)
"""By a reverse proxy or -metricsAuthKey."""
_UNITS = {"h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS, "y": 365 * DAY_MS, "": 31 * DAY_MS}


class VictoriaSettings(NamedTuple):
    """`retention` (ms), `dedup` and `started_at` are None if `/metrics` cannot be read."""

    started_at: int | None
    retention: int | None
    dedup: str | None

    def check_usable(self) -> None:
        if self.dedup is not None and not any(digit in self.dedup for digit in "123456789"):
            raise StoreError(
                "VictoriaMetrics counts what is written twice twice: "
                "please start it with -dedup.minScrapeInterval=1ms"
            )

    def accepted_range(self, now: int) -> tuple[int, int]:
        """The first accepted time, and the first time that is too late (ms)."""
        oldest = 0 if self.retention is None else max(0, now - self.retention + MINUTE_MS)
        return oldest, now + AHEAD_MS

    def report(self) -> list[str]:
        if self.retention is None:
            return ["VictoriaMetrics does not show /metrics: how long it keeps is not known"]
        return [f"VictoriaMetrics keeps {self.retention / DAY_MS:g} days, -{DEDUP}={self.dedup}"]


def read_settings(http: HttpServer) -> VictoriaSettings:
    try:
        text = http.get("/metrics").decode("utf-8", "replace")
    except HttpAnswer as error:
        if error.status not in _HIDDEN:
            raise  # a proxy whose server is away must not let us write without knowing its limits
        return VictoriaSettings(None, None, None)
    flags = dict(_FLAG.findall(text))
    started = _STARTED.search(text)
    return VictoriaSettings(
        round(float(started[1]) * 1000) if started else None,
        _period(flags.get(RETENTION, "")),
        flags.get(DEDUP),
    )


def _period(text: str) -> int | None:
    match = re.fullmatch(r"([0-9.]+)([hdwy]?)", text)
    return round(float(match[1]) * _UNITS[match[2]]) if match else None
