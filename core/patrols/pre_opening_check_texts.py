"""Sentences of the pre-opening check (开库前体检): the finding, and the keeper's action."""

from collections.abc import Mapping
from typing import NamedTuple

from core.overview.machine_texts import CLOCKS, DISK, MACHINE_TEXTS, RECEIVING
from core.phrases import Translate
from core.rooms.places import SPOTS
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from core.wording.durations import duration
from core.wording.numbers import number
from core.wording.style import Style

PROBES, SPREAD, BATTERIES, CALIBRATION = "探头", "探头互相比", "电池", "校验"
CREDIT, PHONES, ROSTER = "短信和话费", "手机", "值班"
TOPICS = (PROBES, SPREAD, CLOCKS, BATTERIES, CALIBRATION, CREDIT, PHONES, ROSTER, RECEIVING, DISK)


class CheckTexts(NamedTuple):
    topic: str
    finding: str
    todo: str = ""


CHECK_TEXTS: dict[str, CheckTexts] = {
    "probes_heard": CheckTexts(PROBES, "%(n)d个探头都有数"),
    "probe_silent": CheckTexts(PROBES, "%(room)s%(spot)s %(long_ms)s没数", "看电、看信号，换电池或换探头"),
    "probe_never": CheckTexts(PROBES, "%(room)s%(spot)s 从来没来过数", "看通电没有，在“设备”里重新认一遍"),
    "probe_doubtful": CheckTexts(PROBES, "%(room)s%(spot)s 数不准", "看接线，不行换探头"),
    "room_bare": CheckTexts(PROBES, "%(room)s还没放探头", "至少门边和最里各放一个"),
    "probes_agree": CheckTexts(SPREAD, "%(n)d个库里各探头差不多"),
    "probes_apart": CheckTexts(
        SPREAD,
        "%(room)s各处差%(by)s度（%(low)s到%(high)s）",
        "空库里各处该一样：把探头放进冰水校一遍",
    ),
    "one_probe_only": CheckTexts(SPREAD, "没有两个探头在一起能比的库", "每个库放两个以上的探头才能互相比"),
    "clocks_right": CheckTexts(CLOCKS, "设备的时钟都对"),
    "clock_off": CheckTexts(CLOCKS, "%(room)s%(spot)s的设备时钟差%(long_ms)s", "在设备上把时区和时间设对"),
    "clock_wrong": CheckTexts(CLOCKS, "%(room)s%(spot)s的设备时钟不对", "断电再通电，让它重新对时"),
    "batteries_full": CheckTexts(BATTERIES, "%(n)d个报电量的设备，电都够"),
    "battery_low": CheckTexts(BATTERIES, "%(room)s%(spot)s只剩%(percent)d%%的电", "开库前换电池"),
    "battery_half": CheckTexts(
        BATTERIES, "%(room)s%(spot)s还有%(percent)d%%的电", "冷了掉电快，最好开库前换掉"
    ),
    "batteries_unknown": CheckTexts(BATTERIES, "没有设备报自己的电量", "装电池的探头，开库前换一遍新电池"),
    "calibrated": CheckTexts(CALIBRATION, "%(n)d个探头都在有效期里"),
    "never_calibrated": CheckTexts(CALIBRATION, "%(room)s的%(spots)s从没校过", "冰水里放10分钟，记为0度"),
    "calibration_over": CheckTexts(CALIBRATION, "%(room)s%(spot)s的校验%(day)s到期了", "再校一次"),
    "calibration_soon": CheckTexts(CALIBRATION, "%(room)s%(spot)s的校验%(day)s到期", "趁开库前一起校了"),
    "credit_fine": CheckTexts(CREDIT, "短信还能发%(texts)d条"),
    "credit_low": CheckTexts(CREDIT, "短信只剩%(texts)d条", "充值或再买一包"),
    "money_low": CheckTexts(CREDIT, "卡里只剩%(money)s元", "充话费，余额不够发不出短信"),
    "money_fine": CheckTexts(CREDIT, "卡里还有%(money)s元"),
    "credit_unknown": CheckTexts(CREDIT, "短信和话费还剩多少，这里查不到", "到运营商的App或短信平台上看一眼"),
    "channel_away": CheckTexts(CREDIT, "短信通道连不上", "看发短信的设备或账号，修好再开库"),
    "phones_answer": CheckTexts(PHONES, "值班的%(n)d个人近30天都回过短信"),
    "phone_quiet": CheckTexts(PHONES, "%(name)s近30天没回过短信", "给他试响一遍，让他回1"),
    "phone_failed": CheckTexts(PHONES, "发给%(name)s的短信没发出去", "核对号码，再给他试响一遍"),
    "phone_none": CheckTexts(PHONES, "%(name)s要值班，没留电话", "在“人员”里补上号码"),
    "roster_full": CheckTexts(ROSTER, "往后3周都排好了"),
    "roster_gap": CheckTexts(ROSTER, "%(site)s从%(day)s起没人值班", "在“排班”里排上"),
    "roster_none": CheckTexts(ROSTER, "%(site)s现在没人值班", "马上在“排班”里排上"),
    **{code: CheckTexts(texts.topic, texts.finding, texts.todo) for code, texts in MACHINE_TEXTS.items()},
}
"""Keys are the codes of `CheckResult`; they are stored and part of the API."""


def _in_largest_unit(ms: int) -> int:
    """Rounds down to whole days, hours or minutes."""
    unit = next((unit for unit in (DAY_MS, HOUR_MS) if ms >= unit), MINUTE_MS)
    return ms - ms % unit


def sentence(text: str, facts: Mapping[str, object], translate: Translate) -> str:
    """Fills a text of `CHECK_TEXTS`. `spot` and `spots` are keys of `SPOTS`; `long_ms` is a duration in
    ms; `low` and `high` are stored as text, such as "-0.5"."""
    if "%" not in text:
        return translate(text)
    translated = dict(facts)
    spot, spots, long_ms = facts.get("spot"), facts.get("spots"), facts.get("long_ms")
    if isinstance(spot, str):
        translated["spot"] = translate(SPOTS[spot][0])
    if isinstance(spots, list):
        translated["spots"] = translate("、").join(translate(SPOTS[name][0]) for name in spots)
    if isinstance(long_ms, int):
        translated["long_ms"] = duration(_in_largest_unit(long_ms), Style.FULL).translated(translate)
    for name in ("low", "high"):
        bound = facts.get(name)
        if isinstance(bound, str):
            translated[name] = number(float(bound)).translated(translate)
    return translate(text) % translated
