"""The whole board, over the winter night and over houses where little or nothing works."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.metrics import METRICS, ON_BOARD, Verdict
from core.overview.status import RANK, RoomState
from core.readings.readings import Flag
from core.rooms.places import NewRoom, PositionClass
from core.stock.new_entries import NewLot
from core.times import DAY_MS, HOUR_MS
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.live import READING, LiveEvent
from store.notifications import roster
from store.people import federation
from store.people.people import set_active
from store.rooms import places
from store.stock import ledger
from tests.web.builders import EN, NOW, ZH, entry
from tests.web.scene import Scene
from tests.web.visits import context_of_scene
from web.base.localizer import Localizer
from web.base.request_context import render
from web.overview.board_pages import TILE_NOUNS, board_piece, changes_board
from web.overview.board_view import WIDE, Board, RoomTile, board
from web.overview.freeze_forecast import freeze_forecast


def board_of(scene: Scene, now: int = NOW, words: Localizer = ZH, history: Any = None) -> Board:
    view = board(scene.dbs, history or scene.history, words, now)
    assert view is not None
    return view


def tile_of(view: Board, name: str) -> RoomTile:
    return next(tile for tile in view.tiles if tile.name == name)


def test_before_the_first_start_there_is_no_board(dbs: Databases) -> None:
    assert board(dbs, SqliteHistory(dbs.history), ZH, NOW) is None


def test_the_worst_rooms_come_first_and_every_room_is_counted(shared_scene: Scene) -> None:
    view = board_of(shared_scene)
    ranks = [RANK[RoomState(tile.state)] for tile in view.tiles]
    assert ranks == sorted(ranks)
    assert sum(count.number for count in view.counts) == len(view.tiles) == 14
    assert view.calm == "", "one room freezes"
    assert view.outside == "库外零下21"


def test_the_room_with_the_open_alert_calls_and_names_who_is_on_duty(shared_scene: Scene) -> None:
    tile = tile_of(board_of(shared_scene), "3号库")
    assert (tile.state, tile.calls, tile.wide) == ("danger", True, True)
    assert tile.call is not None
    assert (tile.call.name, tile.call.phone) == ("任师傅", "13800005678")
    assert "小时到0度" in tile.forecast


def test_nobody_on_duty_leaves_the_danger_without_a_call(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        roster.clear(tx, NOW, 1, NOW - 30 * DAY_MS, NOW + 30 * DAY_MS)
    view = board_of(scene)
    assert (view.duty, tile_of(view, "3号库").call) == ("", None)
    assert tile_of(view, "3号库").calls


def test_somebody_who_left_is_not_telephoned(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        set_active(tx, NOW, scene.people["keeper"], False)
    call = tile_of(board_of(scene), "3号库").call
    assert call is None or call.name != "任师傅"


def test_a_day_without_any_message_shows_no_large_value_anywhere(shared_scene: Scene) -> None:
    view = board_of(shared_scene, NOW + DAY_MS)
    assert {tile.figure for tile in view.tiles} == {""}
    assert {tile.at for tile in view.tiles} == {None}
    silent = [tile for tile in view.tiles if tile.state == RoomState.NO_DATA]
    assert len(silent) == 12, "all but the empty one and the one in danger"
    assert tile_of(view, "3号库").state == RoomState.DANGER, "an alert does not end by silence"
    assert all(tile.missing_for and tile.last and tile.ask for tile in silent)
    assert (view.outside, view.calm) == ("", "")


def test_a_clock_that_was_set_back_makes_no_negative_ages(shared_scene: Scene) -> None:
    html = render("overview/board_piece.html", ZH, board=board_of(shared_scene, NOW - HOUR_MS))
    assert "-" not in "".join(tile.age for tile in board_of(shared_scene, NOW - HOUR_MS).tiles)
    assert "None" not in html


def test_a_room_that_rests_shows_since_when_and_raises_no_worry(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        places.close_for_season(tx, NOW - 2 * DAY_MS, scene.rooms["1号棚"], scene.people["li"])
    tile = tile_of(board_of(scene), "1号棚")
    assert (tile.state, tile.note, tile.figure, tile.ask) == ("resting", "李师傅1月12日歇的", "", "")
    assert not tile.wide


@pytest.mark.parametrize(("unit", "text"), [("jin", "1000斤"), ("kg", "500公斤")])
def test_less_than_a_tonne_is_told_in_the_unit_of_the_federation(scene: Scene, unit: str, text: str) -> None:
    with scene.dbs.records.write() as tx:
        lot = NewLot(
            produce="potato_table",
            cooperative=next(iter(scene.cooperatives.values())),
            room=scene.rooms["5号库"],
            grams=500_000,
            by=scene.people["manager"],
        )
        ledger.receive(tx, NOW, lot)
    assert text in tile_of(board_of(scene, words=Localizer("zh", unit)), "5号库").contents


def test_rooms_of_one_name_are_told_apart_by_their_site(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        site = federation.add_site(tx, NOW, "交口库区", federation.villages(tx)[0].id)
        places.add_room(tx, NOW, NewRoom(site=site, name="3号库", kind="cold_room"))
    names = {tile.name for tile in board_of(scene).tiles}
    assert {"古池库区 3号库", "交口库区 3号库"} <= names


class HistoryAway:
    """Every question to it fails."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise StoreError("away")

        return fail


def test_without_a_history_every_room_is_still_on_the_board(shared_scene: Scene) -> None:
    view = board_of(shared_scene, history=HistoryAway())
    assert tile_of(view, "3号库").figure == "1.2"
    assert tile_of(view, "3号库").forecast == ""
    assert len(view.tiles) == 14


def test_an_english_board_has_english_words_for_every_state(shared_scene: Scene) -> None:
    view = board_of(shared_scene, words=EN)
    texts = [
        text for tile in view.tiles for text in (tile.word, tile.verdict, tile.band, tile.spot, tile.ask)
    ]
    assert not re.search("[\u4e00-\u9fff]", " ".join([*texts, *(count.word for count in view.counts)]))


def test_only_who_can_mend_them_is_shown_the_troubles_of_the_machine(shared_scene: Scene) -> None:
    context = context_of_scene(shared_scene)
    shown, hidden = (board_piece(context, ZH, with_issues) for with_issues in (True, False))
    assert "收数的程序没动静了" in shown
    assert "收数的程序没动静了" not in hidden


def test_the_states_that_need_somebody_are_the_wide_ones() -> None:
    assert sorted(WIDE) == ["attention", "danger", "no_data"]


# --- the forecast -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"verdict": None},
        {"verdict": Verdict.TOO_WARM},
        {"verdict": Verdict.FREEZING, "value": 0.0},
        {"verdict": Verdict.FREEZING, "value": -1.5},
        {"verdict": Verdict.FREEZING, "value": None},
    ],
)
def test_a_room_that_is_not_about_to_freeze_has_no_forecast(scene: Scene, facts: dict[str, Any]) -> None:
    room = replace(entry().room, id=scene.rooms["3号库"])
    freezing = entry(RoomState.DANGER, room=room, **facts)
    assert freeze_forecast(scene.dbs, scene.history, ZH, freezing, NOW) == ""


def test_a_room_that_freezes_within_the_hour_says_less_than_an_hour(scene: Scene) -> None:
    for minute in range(50):
        scene.say("3号库-door", NOW - (50 - minute) * 60_000, temperature=2.5 - minute * 0.045)
    room = replace(entry().room, id=scene.rooms["3号库"])
    freezing = entry(RoomState.DANGER, room=room, verdict=Verdict.FREEZING, value=0.3, spot="door")
    assert freeze_forecast(scene.dbs, scene.history, ZH, freezing, NOW) == "不到1小时到0度"


def test_two_readings_are_no_trend(scene: Scene) -> None:
    room = replace(entry().room, id=scene.rooms["6号库"])
    freezing = entry(RoomState.DANGER, room=room, verdict=Verdict.FREEZING, value=0.3, spot="door")
    assert freeze_forecast(scene.dbs, scene.history, ZH, freezing, NOW) == ""


# --- what makes a tile new --------------------------------------------------------------------------


def reading(metric: str, room: int | None, position_class: str) -> LiveEvent:
    return LiveEvent(
        "1.1", READING, {"metric": metric, "room": room, "class": position_class, "flags": Flag(0)}
    )


@given(st.sampled_from(sorted(METRICS)), st.none() | st.integers(1, 9), st.sampled_from(list(PositionClass)))
def test_a_reading_renews_the_board_only_if_a_tile_shows_it(
    metric: str, room: int | None, position_class: PositionClass
) -> None:
    renews = changes_board(reading(metric, room, position_class))
    assert renews <= (room is not None and metric in ON_BOARD)


def test_a_probe_that_is_nowhere_renews_no_board() -> None:
    assert changes_board(reading("temperature", 3, PositionClass.AIR))
    assert not changes_board(reading("temperature", None, PositionClass.AIR))
    assert not changes_board(reading("battery", 3, PositionClass.AIR))


def test_a_change_of_goods_renews_the_board_and_a_new_rule_does_not() -> None:
    assert all(changes_board(LiveEvent("1.1", noun, {})) for noun in TILE_NOUNS)
    assert not any(changes_board(LiveEvent("1.1", noun, {})) for noun in ("rule", "notification", "patrol"))
