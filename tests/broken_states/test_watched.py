"""What happens to probes, clocks and texts is said by the page, `/healthz` and texts as the table says."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from core.alerts.reporting_interval import QUIET_UNKNOWN
from core.errors import SendError
from core.overview.check_results import CheckVerdict
from core.overview.machine_health import own_clock
from core.overview.machine_texts import MACHINE_TEXTS
from core.overview.status import RoomState
from core.rooms.places import NewPlacement
from core.times import HOUR_MS, MINUTE_MS
from ingest.clock_survey import ClockSurvey
from ingest.listener import HEARTBEAT_S
from store.overview.health import health
from store.people import people
from store.rooms import places
from tests.broken_states import watched
from tests.broken_states.observed import ObservedHouse, Speaks
from tests.broken_states.state import BrokenState, Notice, says
from tests.broken_states.table import sentence_of

BOTH: Speaks = {"a": {"temperature": 4.0}, "b": {"temperature": 4.1}}
ONE: Speaks = {"b": {"temperature": 4.1}}
WARM: Speaks = {"a": {"temperature": 20.0}, "b": {"temperature": 20.0}}
NOBODY: Speaks = {}


@pytest.fixture
def house(tmp_path: Path) -> ObservedHouse:
    """Two probes of one room, and CO2 beside them."""
    house = ObservedHouse(tmp_path)
    house.desk.village.probe("b", house.desk.village.room, "back")
    return house


def place(house: ObservedHouse, device: str, spot: str) -> None:
    with house.dbs.records.write() as tx:
        new = NewPlacement(device=device, position="", room=house.desk.village.room, spot=spot)
        places.place(tx, house.now, new)


def is_said(house: ObservedHouse, notice: Notice) -> bool:
    if notice.who == "healthz":
        return house.reason() == notice.text
    if notice.who == "doctor":
        with house.dbs.journal.read() as tx:
            clock = health(tx, house.now)
        result = own_clock(clock.clock_behind, ahead=clock.clock_ahead)
        todo = MACHINE_TEXTS[result.code].technician_todo
        return result.verdict == CheckVerdict.BAD and todo == notice.text
    shown = house.page() if notice.who == "page" else house.texts()
    return says(sentence_of(notice), shown)


def check(
    house: ObservedHouse,
    state: BrokenState,
    speaks: Speaks,
    age: int | Callable[[int], int] = 0,
    clock_off: int = 0,
) -> None:
    """What is broken begins now. Every notice comes in its time, and none was there before."""
    before = [notice for notice in state.notices if is_said(house, notice)]
    assert not before, before
    house.world.machine.off = clock_off
    waited_s = 0.0
    for notice in sorted(state.notices, key=lambda notice: notice.within_s):
        left_s = notice.within_s - waited_s
        waited_s += house.seconds_until(partial(is_said, house, notice), left_s, speaks, age)


@pytest.mark.parametrize(
    ("state", "speaks"), [(watched.ONE_SILENT, ONE), (watched.ROOM_SILENT, NOBODY)], ids=["one", "all"]
)
def test_probes_that_fall_silent(state: BrokenState, speaks: Speaks, house: ObservedHouse) -> None:
    house.minutes(5, BOTH)
    check(house, state, speaks)


def test_a_placed_probe_that_never_reports(house: ObservedHouse) -> None:
    house.minutes(5, BOTH)
    place(house, "new", "middle")
    check(house, watched.NEVER_HEARD, BOTH)
    assert watched.NEVER_HEARD.notices[0].within_s == QUIET_UNKNOWN / 1000


def test_the_co2_probe_of_a_shed_also_at_night(tmp_path: Path) -> None:
    house = ObservedHouse(tmp_path, hour=2)
    place(house, "air", "middle")
    warm: Speaks = {"a": {"temperature": 4.0}}
    house.minutes(5, {**warm, "air": {"co2": 800.0}})
    check(house, watched.AIR_SILENT, warm)


def test_a_device_that_becomes_steadily_late_is_watched_again(tmp_path: Path) -> None:
    house = ObservedHouse(tmp_path)
    alone: Speaks = {"a": {"temperature": 4.0}}
    house.minutes(5, alone)
    check(house, watched.STEADILY_LATE, alone, 25 * MINUTE_MS)
    house.minutes(25, alone, 25 * MINUTE_MS)
    assert house.room().state == RoomState.OK


def test_a_device_whose_lateness_nobody_understands(tmp_path: Path) -> None:
    house = ObservedHouse(tmp_path)
    alone: Speaks = {"a": {"temperature": 4.0}}
    house.minutes(5, alone)
    check(house, watched.LATE, alone, lambda minute: (11 + 7 * (minute % 4)) * MINUTE_MS)


@pytest.mark.parametrize(("state", "off"), [(watched.CLOCK_AHEAD, HOUR_MS), (watched.CLOCK_BACK, -HOUR_MS)])
def test_a_clock_that_is_wrong(state: BrokenState, off: int, house: ObservedHouse) -> None:
    house.minutes(5, BOTH)
    check(house, state, BOTH, clock_off=off)


def test_a_clock_that_was_ahead_from_the_start_takes_longest() -> None:
    survey, elapsed, step = ClockSurvey(), 0, round(HEARTBEAT_S * 1000)
    while not survey.look(HOUR_MS + elapsed, elapsed):
        if elapsed % MINUTE_MS == 0:
            survey.hear([("a", elapsed), ("b", elapsed)], elapsed)
        elapsed += step
    assert elapsed / 1000 <= watched.CLOCK_AHEAD.notices[0].within_s


def test_texts_that_wait_for_a_channel_that_is_not_there(house: ObservedHouse) -> None:
    house.minutes(5, BOTH)
    house.phones.name = "another"  # what is queued for `pretend` finds no channel
    while not house.world.alerts():
        house.minutes(1, WARM)
    check(house, watched.WAITING, WARM)


def test_an_alert_of_which_nobody_can_be_told(house: ObservedHouse) -> None:
    with house.dbs.records.write() as tx:
        for person in people.people(tx):
            people.set_active(tx, house.now, person.id, active=False)
    house.minutes(5, BOTH)
    while not house.world.alerts():
        assert not is_said(house, watched.NOBODY.notices[0])
        house.minutes(1, WARM)
    house.seconds_until(lambda: is_said(house, watched.NOBODY.notices[0]), watched.TICK_S, WARM)


def test_texts_that_the_channel_refuses(house: ObservedHouse) -> None:
    house.phones.broken = SendError("no credit", retry=False)
    house.minutes(5, BOTH)
    while not house.world.alerts():
        assert not is_said(house, watched.NOT_SENT.notices[0])
        house.minutes(1, WARM)
    assert is_said(house, watched.NOT_SENT.notices[0]), "with the first refusal"
