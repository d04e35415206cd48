"""What a house of 60 probes writes to its disk with nobody looking: temperature and humidity every 30 s.

`/proc/<pid>/io` counts what each process of `coldshed up` makes the kernel write. The recorder gathers half
an hour of readings, so its share is measured with three such batches, put into the journal at once.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.memory import environment, wait_for_page
from coldshed.queue_saver import SETTLED_S as BROKER_SETTLED_S
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS
from record.write_pacing import HOLD_S
from store.catalogue import produce
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.journal.series import all_series, get_or_make
from store.people import federation
from store.rooms import places

PROBES, ROOMS, EVERY_S = 60, 14, 30
SETTLED_S, SECONDS = BROKER_SETTLED_S + 15, 60
BATCHES = 3
YEAR_S = 365 * 86_400


def seed(folder: Path) -> None:
    now = time.time_ns() // 1_000_000
    dbs = Databases(folder)
    with dbs.records.write() as tx:
        produce.seed(tx, now)
        federation.add_federation(tx, now, "万宝山", "万宝山联合社")
        site = federation.add_site(tx, now, "古池库区")
        rooms = [
            places.add_room(
                tx, now, NewRoom(site=site, name=f"{number}号库", kind="cold_room", use="sweetpotato")
            )
            for number in range(1, ROOMS + 1)
        ]
        for probe in range(PROBES):
            room = rooms[probe % ROOMS]
            places.place(tx, now, NewPlacement(device=_device(probe), position="", room=room, spot="door"))
    dbs.close()


def fill_history(folder: Path) -> None:
    """A day of readings: then each series has pages of its own, as in a house that has run for a while."""
    now = time.time_ns() // 1_000_000
    dbs = Databases(folder)
    with dbs.journal.write() as tx:
        numbers = [
            get_or_make(tx, _device(probe), metric, "", now)
            for probe in range(PROBES)
            for metric in ("temperature", "humidity")
        ]
    ticks = range(now - DAY_MS, now, EVERY_S * 1000)
    readings = (Reading(number, tick, 12.0 + tick // 60_000 % 8 / 8) for number in numbers for tick in ticks)
    SqliteHistory(dbs.history).import_points(readings)
    dbs.close()


def _device(probe: int) -> str:
    return f"probe-{probe:02d}"


def _publish(client: paho.Client, seconds: float, number: int) -> int:
    """Publishes evenly. Returns the number of the next message."""
    end = time.monotonic() + seconds
    due = time.monotonic()
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        body = {"temperature": round(12 + number % 37 / 50, 2), "humidity": round(88 + number % 41 / 10, 1)}
        client.publish(f"coldshed/v1/{_device(number % PROBES)}/readings", json.dumps(body), qos=1)
        number, due = number + 1, due + EVERY_S / PROBES
    return number


def _written(processes: dict[str, psutil.Process]) -> dict[str, int]:
    return {name: process.io_counters().write_bytes for name, process in processes.items()}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "mosquitto" in words[0]:
        return "broker"
    return str(words[words.index("coldshed") + 1] if "coldshed" in words else words[0])


def _batch_bytes(folder: Path, recorder: psutil.Process) -> float:
    """What the recorder writes for what it gathers."""
    dbs = Databases(folder)
    with dbs.journal.read() as tx:
        numbers = sorted(all_series(tx))
    history, every_ms = SqliteHistory(dbs.history), EVERY_S * 1000
    at = time.time_ns() // 1_000_000
    written = 0
    for batch in range(1 + BATCHES):  # the first takes what waits, and makes the pages
        before = recorder.io_counters().write_bytes
        ticks = range(at, at + int(HOLD_S * 1000), every_ms)
        readings = [Reading(number, tick, 12.0 + number % 8 / 8) for tick in ticks for number in numbers]
        at = ticks[-1] + every_ms
        with dbs.journal.write() as tx:
            last = journal.append(tx, time.time_ns() // 1_000_000, journal.READINGS, batch_body(readings, []))
        while history.offset() < last:
            time.sleep(0.2)
        time.sleep(1)
        written += recorder.io_counters().write_bytes - before
        if batch == 0:
            written = 0
    dbs.close()
    return written / BATCHES


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        settings = environment(Path(name))
        subprocess.run([sys.executable, "-m", "coldshed", "migrate"], env=settings, check=True)
        seed(Path(name))
        fill_history(Path(name))
        command = [sys.executable, "-m", "coldshed", "up"]
        up = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = paho.Client(CallbackAPIVersion.VERSION2)
        try:
            wait_for_page(settings["COLDSHED_HTTP_PORT"])
            client.connect("127.0.0.1", int(settings["COLDSHED_MQTT_PORT"]))
            client.loop_start()
            number = _publish(client, SETTLED_S, 0)
            top = psutil.Process(up.pid)
            processes = {_name(process): process for process in (top, *top.children(recursive=True))}
            before, began = _written(processes), time.monotonic()
            _publish(client, SECONDS, number)
            took = time.monotonic() - began
            shares = {part: (now - before[part]) / took for part, now in _written(processes).items()}
            shares["record"] = _batch_bytes(Path(name), processes["record"]) / HOLD_S
        finally:
            client.disconnect()
            client.loop_stop()
            up.send_signal(signal.SIGTERM)
            up.wait(30)
    total = sum(shares.values())
    return {
        **{f"written_kb_per_s_{part}": share / 1e3 for part, share in shares.items()},
        "written_kb_per_reading": total / 1e3 / (2 * PROBES / EVERY_S),
        "written_tb_per_year_60_probes": total * YEAR_S / 1e12,
    }
