"""One room as its tile says it, without a database."""

from dataclasses import replace

import pytest

from core.metrics import Verdict
from core.overview.silent_probes import SilentShare
from core.overview.status import RoomState
from core.times import HOUR_MS
from store.rooms.seasonal_closures import SeasonalClosure
from tests.web.builders import EN, LIMIT, NOW, ROOM, ZH, alert_of, entry, person, probe
from web.overview.board_view import (
    NamesById,
    call_about,
    limit_reason,
    outside_text,
    shown_limit,
    tile,
)

NAMES = NamesById(
    goods={"potato_table": "土豆", "sweetpotato": "红薯"},
    people={7: "任师傅"},
    uses={"oyster/fruiting": "平菇出菇"},
    limits={
        3: [LIMIT, replace(LIMIT, metric="co2", safe_low=None, safe_high=1200, hard_low=None, hard_high=None)]
    },
)
SILENT = {"value": None, "spot": None, "at": None, "last_value": 3.9, "last_at": NOW - 3 * HOUR_MS}
OPEN = {"acknowledged_by": None, "status": "active"}


def test_a_good_room_shows_its_value_and_no_worry() -> None:
    shown = tile(entry(), ZH, NAMES, NOW)
    assert (shown.figure, shown.unit, shown.spot, shown.age) == ("4.0", "度", "门边", "1分钟前")
    assert (shown.word, shown.verdict, shown.ask, shown.wide) == ("正常", "", "", False)


def test_an_old_value_is_never_big_and_says_when_it_was_true() -> None:
    shown = tile(entry(RoomState.NO_DATA, **SILENT), ZH, NAMES, NOW)
    assert (shown.figure, shown.at, shown.age, shown.spot) == ("", None, "", "")
    assert (shown.last, shown.missing_for, shown.ask) == ("0:19是3.9度", "3小时", "去看表，抄数")


def test_what_a_person_read_since_counts_more_than_the_probe_s_last_word() -> None:
    read = probe(4.4, at=NOW - HOUR_MS, fresh=False)
    assert tile(entry(RoomState.NO_DATA, **SILENT, read=read), ZH, NAMES, NOW).last == "人工2:19是4.4度"


@pytest.mark.parametrize("state", [RoomState.EMPTY, RoomState.RESTING])
def test_an_empty_room_s_value_is_not_big_though_it_is_fresh(state: RoomState) -> None:
    assert tile(entry(state), ZH, NAMES, NOW).figure == ""


def test_a_verdict_is_only_shown_where_it_is_a_worry() -> None:
    assert tile(entry(RoomState.DANGER, verdict=Verdict.FREEZING), ZH, NAMES, NOW).verdict == "↓要冻"
    assert tile(entry(RoomState.OK, verdict=Verdict.TOO_WARM), ZH, NAMES, NOW).verdict == ""


def test_rooms_of_one_name_at_two_sites_say_their_site() -> None:
    assert tile(entry(), ZH, NAMES, NOW, with_site=True).name == "古池库区 3号库"
    assert tile(entry(), ZH, NAMES, NOW).name == "3号库"


def test_the_limit_shown_is_the_one_that_is_passed() -> None:
    stuffy = entry(RoomState.ATTENTION, verdict=Verdict.CO2_HIGH)
    limit = shown_limit(stuffy, NAMES)
    assert limit is not None
    assert limit.metric == "co2"
    assert tile(stuffy, ZH, NAMES, NOW).band == "二氧化碳该在1200以下"
    assert shown_limit(entry(), NAMES) == LIMIT


def test_a_room_without_limits_claims_none() -> None:
    unlimited = entry(limit=None)
    assert shown_limit(unlimited, replace(NAMES, limits={})) is None
    assert limit_reason(unlimited, ZH, replace(NAMES, limits={})) == ""


def test_it_says_by_what_or_by_whom_a_room_is_judged() -> None:
    held = entry(contents=(("potato_table", 38_000_000), ("sweetpotato", 1_000_000)))
    assert limit_reason(held, ZH, NAMES).startswith("按 土豆38吨 管")
    by_hand = replace(LIMIT, origin="hand", by=7)
    assert limit_reason(entry(limit=by_hand), ZH, NAMES) == "任师傅定的"
    assert limit_reason(entry(limit=replace(by_hand, by=None)), ZH, NAMES) == "手工定的"
    use = entry(room=replace(ROOM, use="oyster/fruiting"), limit=replace(LIMIT, origin="use"))
    assert limit_reason(use, ZH, NAMES) == "按 平菇出菇 管"


def test_an_empty_room_says_who_said_so_and_when() -> None:
    declared = replace(ROOM, empty_since=NOW - 48 * HOUR_MS, empty_by=7)
    assert tile(entry(RoomState.EMPTY, room=declared), ZH, NAMES, NOW).note == "任师傅1月12日报"
    unknown = replace(declared, empty_by=99)
    assert tile(entry(RoomState.EMPTY, room=unknown), ZH, NAMES, NOW).note == "1月12日报"


def test_a_resting_room_says_since_when() -> None:
    rest = SeasonalClosure(3, NOW - 48 * HOUR_MS, 7, None, None)
    assert tile(entry(RoomState.RESTING, rest=rest), ZH, NAMES, NOW).note == "任师傅1月12日歇的"


def test_a_room_of_which_nothing_is_known_asks_to_be_registered() -> None:
    shown = tile(entry(RoomState.UNREGISTERED), ZH, NAMES, NOW)
    assert (shown.note, shown.ask) == ("还没登记里面放什么", "去登记")


def test_only_an_alert_that_nobody_took_calls_out() -> None:
    danger = entry(RoomState.DANGER, alert=alert_of(OPEN))
    assert tile(danger, ZH, NAMES, NOW).calls
    taken = entry(RoomState.DANGER, alert=alert_of({"acknowledged_by": 7, "status": "acknowledged"}))
    assert not tile(taken, ZH, NAMES, NOW).calls
    assert tile(taken, ZH, NAMES, NOW).goer == "任师傅去了"


def test_in_danger_the_goer_is_telephoned_else_who_is_on_duty() -> None:
    duty, goer = person(id=1, name="李师傅(演示)"), person(id=7, phone=None)
    waiting = entry(RoomState.DANGER, alert=alert_of(OPEN))
    call = call_about(waiting, duty, {7: goer})
    assert call is not None
    assert (call.name, call.phone) == ("李师傅", "13800005678")
    taken = entry(RoomState.DANGER, alert=alert_of({"acknowledged_by": 7, "status": "acknowledged"}))
    call = call_about(taken, duty, {7: goer})
    assert call is not None
    assert (call.name, call.phone) == ("任师傅", "")


def test_nobody_is_telephoned_about_a_room_that_only_wants_attention() -> None:
    assert call_about(entry(RoomState.ATTENTION), person(), {}) is None
    assert call_about(entry(RoomState.DANGER), None, {}) is None


def test_outside_is_told_by_the_latest_fresh_probe_alone() -> None:
    old, new = probe(-15, "outside", at=NOW - 600_000), probe(-21.2, "outside")
    stale = probe(-30, "outside", at=NOW, fresh=False)
    humid = probe(60, "outside", metric="humidity", at=NOW)
    assert outside_text(ZH, [entry(probes=(old, stale, humid)), entry(probes=(new,))]) == "库外零下21"
    assert outside_text(EN, [entry(probes=(probe(),))]) == ""


def test_a_silent_probe_among_others_is_said_quietly() -> None:
    room = replace(entry(), silence=SilentShare(1, 2))
    assert tile(room, ZH, NAMES, NOW).silent == "2个探头有1个没数"
    assert tile(room, EN, NAMES, NOW).silent == "1 of 2 probes silent"
    assert tile(room, ZH, NAMES, NOW).state == RoomState.OK
    assert tile(entry(), ZH, NAMES, NOW).silent == ""
    assert (
        tile(replace(entry(RoomState.NO_DATA, **SILENT), silence=SilentShare(2, 2)), ZH, NAMES, NOW).silent
        == ""
    )
