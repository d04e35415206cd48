"""Response time of the chart of a year (see `benchmarks.year_chart`) through the API of a running web
process."""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.memory import environment, wait_for_page
from benchmarks.year_chart import DEVICE, METRIC, build
from core.times import DAY_MS
from store.database import Databases
from store.devices import devices

ROUNDS = 41


def _get(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def _token(base: str, password: str) -> str:
    form = urllib.parse.urlencode({"username": "admin", "password": password}).encode()
    with urllib.request.urlopen(f"{base}/token", data=form, timeout=10) as answer:
        return str(json.load(answer)["access_token"])


def run() -> dict[str, float]:
    """Median in ms for a year of one probe at 30 s, 1,000 points."""
    with tempfile.TemporaryDirectory() as name:
        settings = environment(Path(name))
        subprocess.run([sys.executable, "-m", "coldshed", "migrate"], env=settings, check=True)
        dbs = Databases(Path(name))
        end = time.time_ns() // 1_000_000
        build(dbs, end)
        with dbs.journal.write() as tx:
            devices.record_last_seen(tx, end, {DEVICE: "coldshed"})
        dbs.close()
        command = [sys.executable, "-m", "coldshed", "up"]
        up = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = settings["COLDSHED_HTTP_PORT"]
            wait_for_page(port)
            base = f"http://127.0.0.1:{port}/api/v1"
            token = _token(base, settings["COLDSHED_ADMIN_PASSWORD"])
            wanted = urllib.parse.urlencode(
                {"metric": METRIC, "start": _iso(end - 365 * DAY_MS), "end": _iso(end), "points": 1000}
            )
            url = f"{base}/devices/{DEVICE}/history?{wanted}"
            points = len(json.loads(_get(url, token))["points"])
            if not 500 <= points <= 1000:
                raise RuntimeError(f"the year has {points} points")
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                _get(url, token)
                times.append((time.perf_counter() - started) * 1000)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)
    return {"year_chart_ms": statistics.median(times)}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
