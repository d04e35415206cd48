"""A machine is lost and its house restored on an empty one: `python -m tests.e2e.restore_drill`.

`coldshed up` with its own broker takes readings; `coldshed backup` runs meanwhile; everything is killed and
the data folder deleted; `coldshed restore` into an empty folder, `coldshed up`. Everything that was
acknowledged before the backup must be there, and a room that is wrong now must be told. Then
`tests.e2e.mixed_files` mixes the backup with files of others.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from store.database import Databases
from store.journal.series import all_series
from store.schema import create
from tests.e2e.mixed_files import Backups, MixedFiles
from tests.e2e.supervised_house import House
from tests.e2e.traffic import Accepted, Traffic
from tests.e2e.watched_rooms import PhoneWatch, RoomLoad, alerts_of, make_rooms, until_text
from tests.support.figures import print_figures
from tests.support.machines import need

ROOMS = 4
DELAY_S = 1
ON_THE_WAY_S = 1.0
"""What the broker acknowledged so shortly before the backup may still be on its way to the journal."""
WITHIN_S = 10.0


class Judged(NamedTuple):
    """Seconds from `coldshed up` to the first good /healthz, and from there to the text about a room that
    goes wrong then."""

    healthy_s: float
    told_s: float


@dataclass
class Outcome:
    accepted: int = 0
    before_backup: int = 0
    lost: int = 0
    twice: int = 0
    alerts_lost: int = 0
    told_again: int = 0
    backup_s: float = 0.0
    backup_mb: float = 0.0
    restore_s: float = 0.0
    judged: Judged = field(default_factory=lambda: Judged(0.0, 0.0))

    def right(self) -> bool:
        wrong = self.lost + self.twice + self.alerts_lost + self.told_again
        return not wrong and self.before_backup > 0 and self.judged.told_s <= WITHIN_S

    def figures(self) -> list[tuple[str, object]]:
        return [
            ("readings acknowledged", self.accepted),
            ("  of them before the backup", self.before_backup),
            ("  of these missing afterwards", self.lost),
            ("readings there twice", self.twice),
            ("alerts from before the backup missing", self.alerts_lost),
            ("texts from before the backup sent again", self.told_again),
            ("backup under load (s)", self.backup_s),
            ("backup (MB)", self.backup_mb),
            ("restore (s)", self.restore_s),
            ("start until healthy (s)", self.judged.healthy_s),
            ("healthy until a new alert is on a phone (s)", self.judged.told_s),
        ]


class Drill:
    """`folder` holds the data and the backups."""

    def __init__(self, folder: Path) -> None:
        need("mosquitto")
        self.folder, self.stick = folder, folder / "stick"
        self.house = House(folder)
        self.house.data.mkdir(parents=True)
        self.dbs = Databases(self.house.data)
        create(self.dbs)
        self.probes = make_rooms(self.dbs, ROOMS, DELAY_S)
        self.outcome = Outcome()

    def run(self, count: int, over_s: float) -> Backups:
        """`count` readings over `over_s`, in which two backups are made."""
        house, outcome = self.house, self.outcome
        load, phones = RoomLoad(house.mqtt_port, self.probes), PhoneWatch(house.data)
        traffic = Traffic(house.mqtt_port, count, over_s)
        try:
            house.start().until_well()
            for thread in (load, phones, traffic):
                thread.start()
            time.sleep(over_s / 3)
            older = self.backup()
            self._spoil(load, phones, self.probes[0].room)
            time.sleep(over_s / 3)
            alerts_before, told_before = self._alerts(), {t.dedup_key for t in phones.texts.values()}
            backup_at = time.monotonic()
            made = self.backup()
            outcome.backup_s = time.monotonic() - backup_at
            outcome.backup_mb = sum(f.stat().st_size for f in made.rglob("*") if f.is_file()) / 1e6
            time.sleep(over_s / 6)
            phones.stop()
            house.kill_everything()
            traffic.finish()
            self._lose_the_machine()
            outcome.restore_s = self._restore(made)
            phones = PhoneWatch(house.data).start()
            outcome.judged = self.judge(load, phones, self.probes[1].room)
            outcome.alerts_lost = len(alerts_before - self._alerts())
            outcome.told_again = sum(text.dedup_key in told_before for text in phones.texts.values())
            assert house.stop() == 0, house.text()
            self._recount(traffic.accepted, backup_at)
            return Backups(made, older)
        finally:
            load.stop()
            phones.stop()
            house.kill_everything()
            self.dbs.close()

    def backup(self) -> Path:
        done = self.house.run("backup", str(self.stick))
        assert done.returncode == 0, done.stdout + done.stderr
        return max(self.stick.glob("coldshed-*"), key=lambda folder: folder.name)

    def _lose_the_machine(self) -> None:
        self.dbs.close()
        shutil.rmtree(self.house.data)

    def _restore(self, made: Path) -> float:
        began = time.monotonic()
        done = self.house.run("restore", str(made), "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        self.dbs = Databases(self.house.data)
        return time.monotonic() - began

    def judge(self, load: RoomLoad, phones: PhoneWatch, room: int) -> Judged:
        healthy_s = self.house.start().until_well()
        return Judged(healthy_s, self._spoil(load, phones, room))

    def _spoil(self, load: RoomLoad, phones: PhoneWatch, room: int) -> float:
        """The room goes wrong. Returns the seconds until the text about it is on a phone."""
        began = time.monotonic()
        load.spoil(room)
        return until_text(self.dbs, phones, room, 60, self.house.text).seen_at - began

    def _alerts(self) -> set[tuple[int, int]]:
        return {(alert.id, alert.room) for alert in alerts_of(self.dbs)}

    def _recount(self, accepted: list[Accepted], backup_at: float) -> None:
        with self.dbs.journal.read() as tx:
            device_by_id = {row.id: row.device for row in all_series(tx).values()}
        with self.dbs.history.read() as tx:
            rows = tx.exec_driver_sql("SELECT series, value, count(*) FROM points GROUP BY series, value")
            counts = {(device_by_id[row[0]], row[1]): row[2] for row in rows}
        outcome = self.outcome
        outcome.accepted = len(accepted)
        for sent, at in accepted:
            times = counts.get((sent.device, sent.value), 0)
            outcome.twice += times > 1
            if at < backup_at - ON_THE_WAY_S:
                outcome.before_backup += 1
                outcome.lost += times == 0


def main() -> None:
    count, over_s = (int(sys.argv[1]), float(sys.argv[2])) if len(sys.argv) > 2 else (100_000, 90.0)
    with tempfile.TemporaryDirectory() as folder:
        drill = Drill(Path(folder))
        backups = drill.run(count, over_s)
        mixes = MixedFiles(drill.folder / "mixed", backups, drill.probes)
        outcomes = [mixes.try_mix(mix) for mix in mixes.all()]
    print_figures("Restore after the loss of the machine", drill.outcome.figures())
    print_figures("One file of the backup replaced", [(str(mix), mix.figure()) for mix in outcomes])
    right = drill.outcome.right() and all(mix.right() for mix in outcomes)
    print("RIGHT" if right else "WRONG")
    sys.exit(not right)


if __name__ == "__main__":
    main()
