"""A house with everything in it is killed again and again while its machine's clock is moved; then everything
is counted. `python -m tests.e2e.moved_clock 100000 20` kills a service 20 times, every second time after
SIGSTOP, and the supervisor alone 20 times. A third number is the seed.

The clock goes +1 h, back, -1 h, back, +1 day and back. Rooms go wrong all the time.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from store.database import Databases
from store.schema import create
from tests.e2e.kills import Count, Sent, check_rollups
from tests.e2e.supervised_house import House
from tests.e2e.told_in_time import ClockMoves, Delays, Told, check_told
from tests.e2e.traffic import Traffic
from tests.e2e.watched_rooms import PhoneWatch, RoomLoad, alerts_of, make_rooms
from tests.support.figures import print_figures
from tests.support.machine_clock import MachineClock
from tests.support.machines import Broker

SERVICES = ("ingest", "record", "alerts", "web")
SUPERVISOR = "up"
HOUR_S = 3600
OFFSETS_S = (0, HOUR_S, 0, -HOUR_S, 0, 24 * HOUR_S, 0)
FROZEN_S = 2.0
BETWEEN_S = (0.5, 5.0)
DELAYS = Delays(alert_s=5.0, next_s=10.0)
SETTLED_S = 120.0
"""How long the last texts are waited for."""


@dataclass
class Outcome:
    """What became of everything. `own_time`: timed readings that stand at the time that they said."""

    accepted: int = 0
    accepted_timed: int = 0
    lost: int = 0
    twice: int = 0
    own_time: int = 0
    wrong_rollups: int = 0
    orphans: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    texts: Told = field(default_factory=Told)
    seconds: float = 0.0

    def right(self) -> bool:
        wrong = self.lost + self.twice + self.wrong_rollups + self.orphans
        return not wrong and self.texts.right()

    def figures(self) -> list[tuple[str, object]]:
        verdict = self.texts
        return [
            ("readings acknowledged", self.accepted),
            ("with a time of their own", self.accepted_timed),
            ("  of them lost", self.lost),
            ("  of them at another time", self.accepted_timed - self.own_time),
            ("readings there twice", self.twice),
            ("roll-ups wrong", self.wrong_rollups),
            ("services killed", ", ".join(f"{name} {n}" for name, n in sorted(self.kills.items()))),
            ("orphans of the supervisor", self.orphans),
            ("alerts due", verdict.due),
            ("alerts lost", verdict.lost_alerts),
            ("alerts twice", verdict.double_alerts),
            ("other alerts", ", ".join(verdict.other_alerts) or 0),
            ("texts about them", verdict.texts),
            ("texts missing", verdict.missing_texts),
            ("texts twice", verdict.double_texts),
            ("texts later than 30 s", verdict.late_texts),
            ("latest text on a right clock (s)", verdict.late_s),
            ("latest text on a wrong clock (s)", verdict.late_wrong_clock_s),
            ("duration (s)", self.seconds),
        ]


class Plan(NamedTuple):
    """`kills` of services and `supervisor_kills`; `rooms` that go wrong."""

    readings: int
    kills: int
    supervisor_kills: int
    rooms: int
    seed: int


def run(plan: Plan, folder: Path) -> Outcome:
    began, chance = time.monotonic(), random.Random(plan.seed)
    rooms = plan.rooms
    machine = MachineClock(folder)
    broker = Broker(folder / "mosquitto").start()
    house = House(folder, machine.environment, mqtt_url=broker.url, escalate_after_s=int(DELAYS.next_s))
    house.data.mkdir()
    dbs = Databases(house.data)
    create(dbs)
    probes = make_rooms(dbs, rooms, int(DELAYS.alert_s))
    moves, outcome = ClockMoves(), Outcome()
    targets = _targets(plan, chance)
    load, phones = RoomLoad(broker.port, probes), PhoneWatch(house.data)
    traffic = Traffic(broker.port, plan.readings, over_s=8.0 * len(targets))
    try:
        house.start().until_well()
        for thread in (load, phones, traffic):
            thread.start()
        time.sleep(2 * DELAYS.alert_s)
        waiting = [probe.room for probe in probes]
        for number, target in enumerate(targets):
            offset_s = OFFSETS_S[number * len(OFFSETS_S) // len(targets)]
            if offset_s != machine.offset_s:
                machine.set(offset_s)
                moves.add(time.monotonic(), offset_s)
            while len(waiting) * len(targets) > (len(targets) - number - 1) * rooms:
                load.spoil(waiting.pop())
            time.sleep(chance.uniform(*BETWEEN_S))
            outcome.orphans += _kill(house, target, FROZEN_S if number % 2 else 0.0)
            outcome.kills[target] += 1
        machine.set(0)
        moves.add(time.monotonic(), 0)
        traffic.finish()
        _wait_for_texts(phones, rooms)
        load.stop()
        phones.stop()
        assert house.stop() == 0, house.text()
        assert not traffic.is_cut_off
        _recount(outcome, dbs, [sent for sent, _ in traffic.accepted])
        outcome.texts = check_told(load.bad_since, alerts_of(dbs), list(phones.texts.values()), moves, DELAYS)
        outcome.seconds = time.monotonic() - began
        return outcome
    finally:
        load.stop()
        phones.stop()
        house.kill_everything()
        broker.stop()
        dbs.close()


def _targets(plan: Plan, chance: random.Random) -> list[str]:
    """Each service equally often, the supervisor between them."""
    targets = [SERVICES[number % len(SERVICES)] for number in range(plan.kills)]
    targets += [SUPERVISOR] * plan.supervisor_kills
    chance.shuffle(targets)
    return targets


def _kill(house: House, target: str, frozen_s: float) -> int:
    """Returns the number of orphans."""
    if target != SUPERVISOR:
        house.kill_service(target, frozen_s)
        return 0
    left = house.kill_supervisor()
    house.start().until_working()  # tests/e2e/kills.py does not wait
    return left


def _wait_for_texts(phones: PhoneWatch, rooms: int) -> None:
    """Until everybody was asked about every room, or long enough to call the rest missing."""
    end = time.monotonic() + SETTLED_S
    while time.monotonic() < end and len(phones.requests()) < 3 * rooms:
        time.sleep(0.5)


def _recount(outcome: Outcome, dbs: Databases, accepted: list[Sent]) -> None:
    with dbs.journal.read() as tx:
        rows = tx.exec_driver_sql("SELECT id, device FROM series WHERE metric = 'temperature'")
        series = {str(device): int(number) for number, device in rows}
    with dbs.history.read() as tx:
        points = [
            (int(row[0]), int(row[1]), float(row[2]), int(row[3]))
            for row in tx.exec_driver_sql("SELECT series, at, value, flags FROM points")
        ]
        rollups = {
            (step, row[0], row[1]): tuple(row[2:])
            for step, table in ((300_000, "rollup_5m"), (3_600_000, "rollup_1h"))
            for row in tx.exec_driver_sql(f"SELECT series, at, min, max, count FROM {table}")
        }
    times = {(number, value): at for number, at, value, _ in points}
    counts = Counter((number, value) for number, _, value, _ in points)
    outcome.accepted = len(accepted)
    for sent in accepted:
        key = (series.get(sent.device, 0), sent.value)
        outcome.twice += counts[key] > 1
        if sent.at is not None:
            outcome.accepted_timed += 1
            outcome.lost += counts[key] == 0
            outcome.own_time += times.get(key) == sent.at
    count = Count()
    check_rollups(count, points, rollups)
    outcome.wrong_rollups = count.wrong_buckets


def main() -> None:
    count, kills = (int(word) for word in sys.argv[1:3])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Plan(count, kills, kills, 2 * kills, seed), Path(folder))
    print_figures("Kills with the clock moved", outcome.figures())
    print("RIGHT" if outcome.right() else "WRONG")
    sys.exit(not outcome.right())


if __name__ == "__main__":
    main()
