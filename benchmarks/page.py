"""Time from publishing a message to its value on the board in a real Chromium."""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from benchmarks.memory import environment, wait_for_page
from core.rooms.places import NewPlacement, NewRoom
from store.catalogue import produce
from store.database import Databases
from store.people import federation
from store.rooms import places
from tests.support.machines import need

MESSAGES = 100
APART_S = 0.61
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const found of document.body.innerText.matchAll(/\\d+\\.\\d/g)) window.seen[found[0]] ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def seed(folder: Path) -> None:
    """Creates one room with one probe."""
    now = time.time_ns() // 1_000_000
    dbs = Databases(folder)
    with dbs.records.write() as tx:
        produce.seed(tx, now)
        federation.add_federation(tx, now, "万宝山", "万宝山联合社")
        site = federation.add_site(tx, now, "古池库区")
        room = places.add_room(tx, now, NewRoom(site=site, name="1号库", kind="cold_room", use="sweetpotato"))
        places.place(tx, now, NewPlacement(device="probe", position="", room=room, spot="door"))
    dbs.close()


def _delays(page: Page, port: int) -> list[float]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent: dict[str, float] = {}
    for index in range(MESSAGES):
        value = f"{10 + index * 0.1:.1f}"
        sent[value] = time.time() * 1000
        client.publish("coldshed/v1/probe/readings", json.dumps({"temperature": float(value)}), qos=1)
        time.sleep(APART_S)
    time.sleep(2)
    client.disconnect()
    client.loop_stop()
    shown = page.evaluate("() => window.seen")
    missing = [value for value in sent if value not in shown]
    if len(missing) > MESSAGES // 50:
        raise RuntimeError(f"the board never showed {missing}")
    return [shown[value] - at for value, at in sent.items() if value in shown]


def run() -> dict[str, float]:
    """Median and 95th percentile, in ms."""
    with tempfile.TemporaryDirectory() as name:
        settings = environment(Path(name))
        subprocess.run([sys.executable, "-m", "coldshed", "migrate"], env=settings, check=True)
        seed(Path(name))
        command = [sys.executable, "-m", "coldshed", "up"]
        up = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_page(settings["COLDSHED_HTTP_PORT"])
            with sync_playwright() as tools:
                browser = tools.chromium.launch(executable_path=need("chromium"), args=list(CHROMIUM))
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(f"http://127.0.0.1:{settings['COLDSHED_HTTP_PORT']}/login")
                page.fill("input[name=username]", "admin")
                page.fill("input[name=password]", settings["COLDSHED_ADMIN_PASSWORD"])
                page.click("form[action='/login'] button")
                page.wait_for_url("**/")
                page.evaluate(WATCH)
                delays = sorted(_delays(page, int(settings["COLDSHED_MQTT_PORT"])))
                browser.close()
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)
    return {
        "publish_to_page_median_ms": statistics.median(delays),
        "publish_to_page_p95_ms": delays[int(len(delays) * 0.95)],
    }
