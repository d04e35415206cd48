"""A keeper goes round while the page's process is killed: each round and its reading are there once."""

import random
import threading
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from core.people.people import NewPerson
from core.readings.manual_readings import device_of
from core.rooms.places import NewRoom
from core.times import DAY_MS
from store.catalogue.produce import seed
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal.series import all_series
from store.patrols import patrols
from store.people.federation import add_federation, add_site
from store.people.people import add_person, issue_token
from store.readings import manual_readings
from store.rooms.places import add_room
from store.schema import create
from tests.e2e.kills import Services, clock, until
from tests.support.machines import free_port

ROUNDS, KILLS = 24, 3


def prepare(dbs: Databases) -> tuple[int, str]:
    create(dbs)
    with dbs.records.write() as tx:
        now = clock()
        add_federation(tx, now, "万宝山联合社", "万宝山联合社")
        seed(tx, now)
        room = add_room(tx, now, NewRoom(site=add_site(tx, now, "古池库区"), name="3号库", kind="cold_room"))
        keeper = add_person(tx, now, NewPerson(name="任师傅", role="keeper"))
        return room, issue_token(tx, keeper, "api", now, DAY_MS)


def go_round(base: str, token: str, room: int, answers: dict[int, dict[str, object]], over: float) -> None:
    """Asks each round again, with its key, until it is answered, as a phone does."""
    head = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=base, headers=head, timeout=5, trust_env=False) as client:
        for number in range(ROUNDS):
            body = {"room": room, "temperature": number / 10, "wrong": ["drip"] if number % 2 else []}
            while number not in answers and time.monotonic() < over:
                try:
                    answer = client.post(
                        "/api/v1/patrols", json=body, headers={"Idempotency-Key": f"round-{number}"}
                    )
                except httpx.TransportError:
                    continue
                if answer.status_code == 201:
                    answers[number] = answer.json()


def _are_answered(answers: dict[int, dict[str, object]], count: int) -> bool:
    return len(answers) >= count


@pytest.mark.timeout(200)
def test_killing_the_page_loses_and_doubles_no_round_and_no_reading(tmp_path: Path) -> None:
    dbs = Databases(tmp_path)
    room, token = prepare(dbs)
    services = Services(tmp_path, free_port())
    base = services.base
    answers: dict[int, dict[str, object]] = {}
    by_chance = random.Random(11)
    keeper = threading.Thread(
        target=go_round, args=(base, token, room, answers, time.monotonic() + 150), daemon=True
    )
    try:
        services.start("web")
        keeper.start()
        for kill in range(KILLS):
            reached = (kill + 1) * ROUNDS // (KILLS + 1)
            until(partial(_are_answered, answers, reached), "rounds before a kill")
            time.sleep(by_chance.random() * 0.05)  # anywhere between two lines
            services.kill("web")
        until(lambda: len(answers) == ROUNDS, "all rounds")
        services.start("record")
        with dbs.journal.read() as tx:
            series_of_room = [
                series.id for series in all_series(tx).values() if series.device == device_of(room)
            ]
        history = SqliteHistory(dbs.history)
        until(lambda: len(history.points(series_of_room, 0, clock() + DAY_MS)) >= ROUNDS, "the history")
    finally:
        services.stop()
    keeper.join(10)
    values = [number / 10 for number in range(ROUNDS)]
    assert sorted(point.value for point in history.points(series_of_room, 0, clock() + DAY_MS)) == values
    with dbs.records.read() as tx:
        rounds = patrols.patrols(tx)
    with dbs.journal.read() as tx:
        typed = manual_readings.typed(tx, most=10 * ROUNDS)
    dbs.close()
    assert sorted(patrol.temperature or 0 for patrol in rounds) == values
    assert sorted(entry.values["temperature"] for entry in typed) == values
    assert {patrol.id for patrol in rounds} == {answer["id"] for answer in answers.values()}
    assert {entry.reading for entry in rounds} == {entry.id for entry in typed}
