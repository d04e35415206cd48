"""What to do when a room is not right: short lines with one verb each, people's safety first. Texts in
Chinese.

The lines summarize common practice in village cold stores and sheds. No agronomist or refrigeration
engineer has reviewed them yet; they are a first reminder, not instructions.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.metrics import Verdict
from core.overview.status import RoomState
from core.rooms.places import RoomKind

COLD_MONTHS = frozenset((11, 12, 1, 2, 3))
"""In Fenyang the outside air freezes goods in these months and warms them in the others."""


class Advice(NamedTuple):
    """`likely`: the most likely cause, "" if there is none; `lines`: what to do, in this order."""

    likely: str
    lines: tuple[str, ...]


_FIRST = "先开门通风10分钟，两个人一起进"

_COLD_ROOM: Mapping[tuple[str, bool], Advice] = {
    (Verdict.FREEZING, True): Advice(
        "八成是加温停了，或门没关严",
        (_FIRST, "关严门，堵门缝，开加温", "盖住门边那几垛"),
    ),
    (Verdict.FREEZING, False): Advice(
        "八成是温控器坏了，冷风机停不下来",
        (_FIRST, "关冷风机，看温控器设的几度", "盖住冷风机底下那几垛"),
    ),
    (Verdict.TOO_COLD, True): Advice(
        "八成是门没关严，或加温不够",
        (_FIRST, "关严门，堵门缝，开加温", "过半小时再看数"),
    ),
    (Verdict.TOO_COLD, False): Advice(
        "八成是温控器设低了",
        (_FIRST, "看温控器设的几度，调回来", "过半小时再看数"),
    ),
    (Verdict.TOO_WARM, True): Advice(
        "八成是门没关严，或刚进了热货",
        (_FIRST, "关严门，看冷风机转没转", "夜里外面不冻时，开风口引冷风"),
    ),
    (Verdict.TOO_WARM, False): Advice(
        "八成是压缩机停了，或门没关严",
        ("关严门，少开门", _FIRST, "看冷风机转没转，结没结霜", "压缩机不转，查跳闸、缺相，叫修冷机的"),
    ),
    (Verdict.TOO_DRY, True): Advice("", (_FIRST, "地面洒水，别洒到货上", "看冷风机是不是一直在转")),
    (Verdict.TOO_DRY, False): Advice("", (_FIRST, "地面洒水，别洒到货上", "看冷风机是不是一直在转")),
    (Verdict.TOO_DAMP, True): Advice(
        "", (_FIRST, "看货出没出汗，顶上滴没滴水", "开风机吹干，中午最暖时换气")
    ),
    (Verdict.TOO_DAMP, False): Advice("", (_FIRST, "看货出没出汗，顶上滴没滴水", "外面比库里热时别换气")),
    (Verdict.CO2_HIGH, True): Advice(
        "", ("人先别进", "开门、开风机10分钟", "两个人一起进，头晕马上出来", "中午最暖时换气")
    ),
    (Verdict.CO2_HIGH, False): Advice(
        "", ("人先别进", "开门、开风机10分钟", "两个人一起进，头晕马上出来", "早晚凉快时换气")
    ),
}

_SHED: Mapping[tuple[str, bool], Advice] = {
    (Verdict.FREEZING, True): Advice(
        "八成是加温停了，或棚膜漏风",
        (_FIRST, "关严门窗，盖草帘，开加温", "先别喷水"),
    ),
    (Verdict.FREEZING, False): Advice("倒春寒", (_FIRST, "关严门窗，盖草帘", "先别喷水")),
    (Verdict.TOO_COLD, True): Advice("", (_FIRST, "关严门窗，盖草帘，开加温", "先别喷水")),
    (Verdict.TOO_COLD, False): Advice("", (_FIRST, "关小风口，晚上盖草帘", "先别喷水")),
    (Verdict.TOO_WARM, True): Advice("", (_FIRST, "关小加温，开风口", "摸菌袋，烫手就散开，防烧菌")),
    (Verdict.TOO_WARM, False): Advice(
        "", (_FIRST, "开风机，放遮阳网，地面喷水", "摸菌袋，烫手就散开，防烧菌")
    ),
    (Verdict.TOO_DRY, True): Advice("", (_FIRST, "喷雾加湿，别直喷菇面", "关小风口")),
    (Verdict.TOO_DRY, False): Advice("", (_FIRST, "喷雾加湿，早晚喷，中午别喷", "关小风口")),
    (Verdict.TOO_DAMP, True): Advice("", (_FIRST, "停喷水，中午开风口", "看菇面有没有积水")),
    (Verdict.TOO_DAMP, False): Advice("", (_FIRST, "停喷水，开风口", "看菇面有没有积水")),
    (Verdict.CO2_HIGH, True): Advice(
        "八成是风机停了，或风口堵了",
        ("人先别进，开门10分钟", "开风机，看风口堵没堵", "两个人一起进", "中午最暖时多换气"),
    ),
    (Verdict.CO2_HIGH, False): Advice(
        "八成是风机停了，或风口堵了",
        ("人先别进，开门10分钟", "开风机，看风口堵没堵", "两个人一起进"),
    ),
}

_NO_DATA = Advice(
    "没数，不等于没事",
    (
        "带上温度计去现场看",
        "看盒子亮不亮，查插头、电池",
        "看网和卡，打电话给技术员",
        "要进库，先通风10分钟，两个人",
    ),
)
_UNREGISTERED = Advice("", ("登记里面放的什么、大概几吨", "没登记的库，不知道该几度"))
_UNKNOWN = Advice("", (_FIRST, "看门、冷风机、加温", "过半小时再看数"))
_NOTHING = Advice("", ())


def advice(state: RoomState, verdict: Verdict | None, kind: str, month: int) -> Advice:
    """What to do now in a room of `kind` (core.rooms.places.RoomKind); `month` is 1 to 12 in the site's
    time zone."""
    if state in (RoomState.OK, RoomState.EMPTY, RoomState.RESTING):
        return _NOTHING
    if state is RoomState.NO_DATA:
        return _NO_DATA
    if state is RoomState.UNREGISTERED:
        return _UNREGISTERED
    advice_by_verdict = _SHED if kind == RoomKind.MUSHROOM_SHED else _COLD_ROOM
    return advice_by_verdict[verdict, month in COLD_MONTHS] if verdict is not None else _UNKNOWN


def all_texts() -> set[str]:
    """All sentences, for the translation catalogue."""
    all_of = [*_COLD_ROOM.values(), *_SHED.values(), _NO_DATA, _UNREGISTERED, _UNKNOWN]
    return {text for advice in all_of for text in (advice.likely, *advice.lines) if text}
