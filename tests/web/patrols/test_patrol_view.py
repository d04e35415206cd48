"""The day of patrols as a page shows it: who has been where, and which rooms still wait."""

from datetime import date, timedelta

import pytest

from core.patrols.patrols import NewPatrol
from core.readings.manual_readings import NewManualReading
from core.rooms.places import NewRoom
from core.times import HOUR_MS
from store.patrols import patrols
from store.people import federation
from store.people.people import set_active
from store.readings import manual_readings
from store.rooms import places
from tests.web.builders import EN, NOW, ZH
from tests.web.scene import Scene
from tests.web.visits import html_of, visit
from web.base.localizer import Localizer
from web.patrols.patrol_pages import show_patrols
from web.patrols.patrol_view import DayView, PatrolRow, day_view, recorded_patrol_text

TODAY = date(2026, 1, 14)
NOON, EVENING = NOW + 9 * HOUR_MS, NOW + 19 * HOUR_MS  # 12:19 and 22:19
ROOMS = 13  # of fourteen; one is declared empty


def day_of(scene: Scene, day: date | None = None, now: int = NOW, words: Localizer = ZH) -> DayView:
    return day_view(scene.dbs, scene.history, words, day, now)


def walk(scene: Scene, room: str, at: int, temperature: float | None = None, *wrong: str) -> int:
    """A stored patrol's id."""
    ident, keeper = scene.rooms[room], scene.people["keeper"]
    typed = None
    if temperature is not None:
        with scene.dbs.journal.write() as tx:
            entry = NewManualReading(
                person=keeper, room=ident, spot="door", values={"temperature": temperature}, at=at
            )
            typed = manual_readings.put(tx, at, entry).reading
    with scene.dbs.records.write() as tx:
        new = NewPatrol(room=ident, by=keeper, spot="door", typed=typed, wrong=wrong, note="", at=at)
        return patrols.add(tx, at, new).id


def row_of(view: DayView, name: str) -> PatrolRow:
    return next(row for row in view.lines if row.name == name)


def test_before_anybody_is_late_every_room_waits_and_none_is_missing(shared_scene: Scene) -> None:
    view = day_of(shared_scene)
    assert (view.day, view.half, view.missing, len(view.due)) == (TODAY, "上午", 0, ROOMS)
    assert (view.lines, view.before, view.after) == ([], TODAY - timedelta(days=1), None)
    assert "5号库" not in [name for _, name in view.due], "an empty room needs no patrol"


def test_a_missed_morning_is_missing_and_the_afternoon_only_waits(shared_scene: Scene) -> None:
    view = day_of(shared_scene, now=NOON)
    assert (view.missing, view.half, len(view.due)) == (ROOMS, "下午", ROOMS)
    morning, afternoon = row_of(view, "3号库").halves
    assert (morning.empty, morning.missing) == ("没巡", True)
    assert (afternoon.empty, afternoon.missing) == ("还没巡", False)


def test_late_in_the_evening_both_halves_are_missing(shared_scene: Scene) -> None:
    assert day_of(shared_scene, now=EVENING).missing == 2 * ROOMS


def test_a_past_day_has_nothing_due_and_leads_on_to_the_next(shared_scene: Scene) -> None:
    yesterday = TODAY - timedelta(days=1)
    view = day_of(shared_scene, yesterday)
    assert (view.due, view.missing, view.after) == ([], 2 * ROOMS, TODAY)
    assert len(view.lines) == ROOMS


def test_a_day_to_come_expects_nothing_and_leads_no_further(shared_scene: Scene) -> None:
    view = day_of(shared_scene, TODAY + timedelta(days=1))
    assert (view.lines, view.due, view.missing, view.after) == ([], [], 0, None)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2026-02-30", "tomorrow", "-1"])
def test_a_day_that_no_patrol_can_have_shows_today(shared_scene: Scene, day: str) -> None:
    assert "1月14日" in html_of(show_patrols(visit(shared_scene), day))


def test_a_patrol_is_shown_with_its_value_beside_the_probe_s(scene: Scene) -> None:
    walk(scene, "3号库", NOW, 1.4, "door")
    view = day_of(scene)
    assert "3号库" not in [name for _, name in view.due]
    (cell,) = row_of(view, "3号库").halves[0].patrols
    assert (cell.clock, cell.who, cell.says, cell.wrong) == ("3:19", "任师傅", "1.4度", "门有问题")
    assert cell.beside.startswith("探头1.")


def test_a_patrol_without_a_thermometer_is_not_compared_with_a_probe(scene: Scene) -> None:
    walk(scene, "3号库", NOW)
    (cell,) = row_of(day_of(scene), "3号库").halves[0].patrols
    assert (cell.says, cell.beside, cell.wrong) == ("没看表", "", "都正常")


def test_two_patrols_of_one_half_are_shown_in_order(scene: Scene) -> None:
    walk(scene, "3号库", NOW - HOUR_MS)
    walk(scene, "3号库", NOW - 2 * HOUR_MS)
    cells = row_of(day_of(scene), "3号库").halves[0].patrols
    assert [cell.clock for cell in cells] == ["1:19", "2:19"]


def test_a_patrol_before_midnight_belongs_to_yesterday(scene: Scene) -> None:
    walk(scene, "3号库", NOW - 4 * HOUR_MS)
    assert day_of(scene).lines == []
    afternoon = row_of(day_of(scene, TODAY - timedelta(days=1)), "3号库").halves[1]
    assert [cell.clock for cell in afternoon.patrols] == ["23:19"]


def test_a_patrol_of_an_empty_room_is_shown_though_none_was_needed(scene: Scene) -> None:
    walk(scene, "5号库", NOW)
    morning, afternoon = row_of(day_of(scene, now=EVENING), "5号库").halves
    assert len(morning.patrols) == 1
    assert (afternoon.empty, afternoon.missing) == ("不用巡", False)


def test_a_room_that_rests_is_not_waited_for(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        places.close_for_season(tx, NOW - HOUR_MS, scene.rooms["1号棚"], None)
    assert "1号棚" not in [name for _, name in day_of(scene).due]


def test_a_keeper_who_left_stays_in_the_day_s_patrols(scene: Scene) -> None:
    walk(scene, "3号库", NOW)
    with scene.dbs.records.write() as tx:
        set_active(tx, NOW, scene.people["keeper"], False)
    assert row_of(day_of(scene), "3号库").halves[0].patrols[0].who == "任师傅"


def test_with_two_sites_a_room_is_named_with_its_site(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        site = federation.add_site(tx, NOW, "交口库区", federation.villages(tx)[0].id)
        room = places.add_room(tx, NOW, NewRoom(site=site, name="3号库房", kind="cold_room"))
    assert (room, "交口库区 3号库房") in day_of(scene).due


def test_the_day_is_told_in_english_too(shared_scene: Scene) -> None:
    view = day_of(shared_scene, now=NOON, words=EN)
    assert view.title.isascii()
    assert all(half.empty.isascii() for row in view.lines for half in row.halves)


def test_the_sentence_after_a_patrol_names_room_value_and_faults(scene: Scene) -> None:
    ident = walk(scene, "3号库", NOW, 1.4, "frost", "drip")
    sentence = recorded_patrol_text(scene.dbs, scene.history, ZH, ident)
    assert sentence.startswith("3号库记下了：1.4度，探头1.")
    assert sentence.endswith("霜、滴水有问题")


def test_a_patrol_that_does_not_exist_has_no_sentence(shared_scene: Scene) -> None:
    assert recorded_patrol_text(shared_scene.dbs, shared_scene.history, ZH, 99) == ""
