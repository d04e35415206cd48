"""A backup with one file of an older backup or of another house: restored, and put in place by hand."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from alerts.engine import Engine
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from record.recorder import Recorder
from store.clock import now_ms
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal, series
from store.schema import create
from tests.e2e.supervised_house import House
from tests.e2e.watched_rooms import PhoneWatch, Probe, RoomLoad, make_rooms, until_text

FILES = ("records.db", "history.db", "journal.db")
OLDER, ANOTHER_HOUSE = "an older backup", "another house"
DECIDED_S = 60.0
TOLD_S = 30.0
READINGS = 50


class Backups(NamedTuple):
    """The backup that was restored, and an older one."""

    made: Path
    older: Path


@dataclass
class Mix:
    """`restore_refused`: what `coldshed restore` said. `refused`: what `coldshed up` said with the files in
    place, "" if it runs; then `healthy_s` and `told_s` as in `Judged`. `fault` if neither."""

    file: str
    source: str
    restore_refused: str = ""
    refused: str = ""
    healthy_s: float = 0.0
    told_s: float = 0.0
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.file} of {self.source}"

    def right(self) -> bool:
        return bool(self.restore_refused) and not self.fault

    def figure(self) -> str:
        restored = "restore refuses" if self.restore_refused else "RESTORE TAKES IT"
        if self.fault:
            return f"{restored}; by hand: WRONG, {self.fault}"
        if self.refused:
            return f"{restored}; by hand: {self.refused}"
        return f"{restored}; by hand: healthy after {self.healthy_s:.1f} s, told {self.told_s:.1f} s later"


class MixedFiles:
    def __init__(self, folder: Path, backups: Backups, probes: list[Probe]) -> None:
        self._folder, self._backups, self._probes = folder, backups, probes
        self._other = another_house(folder / "other")

    def all(self) -> list[Mix]:
        return [Mix(file, source) for source in (OLDER, ANOTHER_HOUSE) for file in FILES]

    def try_mix(self, mix: Mix) -> Mix:
        folder = self._folder / f"{mix.file}-{mix.source.replace(' ', '-')}"
        source = self._backups.older if mix.source == OLDER else self._other
        mixed = folder / "backup"
        shutil.copytree(self._backups.made, mixed)
        shutil.copyfile(source / mix.file, mixed / mix.file)
        house = House(folder)
        done = house.run("restore", str(mixed), "--yes")
        mix.restore_refused = done.stderr.strip() if done.returncode else ""
        house.data.mkdir(exist_ok=True)
        for file in FILES:
            shutil.copyfile(mixed / file, house.data / file)
        self._start(mix, house)
        shutil.rmtree(folder)
        return mix

    def _start(self, mix: Mix, house: House) -> None:
        load, phones = RoomLoad(house.mqtt_port, self._probes).start(), PhoneWatch(house.data).start()
        dbs = Databases(house.data)
        began = time.monotonic()
        try:
            house.start()
            while not house.is_well():
                if house.up.poll() is not None:
                    mix.refused = house.text().strip().splitlines()[-1]
                    return
                if time.monotonic() > began + DECIDED_S:
                    mix.fault = f"neither refused nor well: {house.health()}"
                    return
                time.sleep(0.1)
            mix.healthy_s = time.monotonic() - began
            room = self._probes[-1].room
            load.spoil(room)
            try:
                text = until_text(dbs, phones, room, TOLD_S, house.text)
            except TimeoutError:
                mix.fault = f"nobody is told within {TOLD_S:g} s"
            else:
                mix.told_s = text.seen_at - began - mix.healthy_s
        finally:
            load.stop()
            phones.stop()
            house.kill_everything()
            dbs.close()


def another_house(folder: Path) -> Path:
    """The data folder of a house with other probes, whose readings were followed."""
    folder.mkdir(parents=True)
    dbs = Databases(folder)
    create(dbs)
    probes = make_rooms(dbs, 3, 60, prefix="stranger")
    for number in range(READINGS):
        now = now_ms()
        with dbs.journal.write() as tx:
            ids = [series.get_or_make(tx, p.device, "temperature", "", now) for p in probes]
            readings = [Reading(ident, now + number, 5.0) for ident in ids]
            journal.append(tx, now + number, journal.READINGS, batch_body(readings, []))
    Recorder(dbs, SqliteHistory(dbs.history)).step()
    engine = Engine(dbs)
    while engine.step(now_ms() + 1000):
        pass
    dbs.close()
    return folder
