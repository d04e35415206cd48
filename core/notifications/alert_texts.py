"""Texts of notifications, limited to one SMS part.

The texts are in Chinese, the source language; `_` translates them (i18n/locale/<language>/LC_MESSAGES).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.alerts.conditions import CONDITIONS
from core.alerts.evidence import Evidence
from core.alerts.judging import UNKNOWN_WHETHER_OVER, Reason
from core.metrics import Verdict, name_of
from core.notifications import sms_length
from core.notifications.escalation import NotificationKind
from core.phrases import Translate
from core.rooms.places import SPOTS
from core.wording import COMPACT
from core.wording.durations import duration
from core.wording.numbers import bound_of, measured
from core.wording.weights import contents as heaviest


class GoodsAtRisk(NamedTuple):
    name: str
    name_en: str
    grams: int


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """The facts of a text about an alert; times in ms. `site` is named if several `rooms` fell silent
    together. `blind`: no probe shows the room's temperature."""

    room: str
    condition: str
    metric: str
    severity: str
    verdict: Verdict | None
    evidence: Evidence
    since: int
    goods: tuple[GoodsAtRisk, ...] = ()
    site: str = ""
    rooms: int = 1
    blind: bool = False


class TextStyle(NamedTuple):
    """Style for one recipient. `signature`: of the federation, without brackets; `weight_unit`: unit of
    weights."""

    signature: str
    language: str
    translate: Translate
    weight_unit: str = "jin"


ANSWER_BY = "回1我去,回2换人"


def value_text(metric: str, value: float, _: Translate) -> str:
    return measured(metric, value).translated(_)


def bound_text(metric: str, value: float, _: Translate) -> str:
    return bound_of(metric, value).translated(_)


def duration_text(ms: int, _: Translate) -> str:
    return duration(ms, COMPACT).translated(_)


def contents_text(goods: Sequence[GoodsAtRisk], style: TextStyle) -> str:
    """The two heaviest kinds; `等` means that there are more."""
    named = [(item.name_en if style.language == "en" else item.name, item.grams) for item in goods]
    return heaviest(named, style.weight_unit, style.translate)


def condition_text(matter: AlertFacts, _: Translate) -> str:
    return _(CONDITIONS[matter.condition].words.what_of(matter.verdict))


class _Part(NamedTuple):
    text: str
    keep: int  # the lowest value is dropped first, ALWAYS never


ALWAYS = 9
SHORTEST_NAME = 4


def _joined(style: TextStyle, parts: Iterable[_Part]) -> str:
    return f"【{style.signature}】" + "".join(part.text for part in parts)


def _cut(name: str, most: int) -> str:
    return name if sms_length.length(name) <= most else name[: max(most, 2) - 1] + "…"


def _fit(style: TextStyle, make: Callable[[int], list[_Part]]) -> str:
    """Fits a text into one SMS part: drops the parts with the lowest `keep`, then shortens names (`make`
    takes the maximum length of a name), and finally cuts the end."""
    for most in (99, 12, 10, 8, 7, 6, 5, SHORTEST_NAME):
        parts = make(most)
        while sms_length.length(text := _joined(style, parts)) > sms_length.ONE_PART:
            least = min(parts, key=lambda part: part.keep)
            if least.keep == ALWAYS:
                break
            parts.remove(least)
        else:
            return text
    while sms_length.length(text) > sms_length.ONE_PART:
        text = text[:-2] + "…"
    return text


def _facts(matter: AlertFacts, most: int, _: Translate) -> dict[str, object]:
    """Values of the placeholders in core.alerts.conditions.contract.ConditionWords."""
    figures = matter.evidence.figures
    return {
        "room": _cut(matter.room, most),
        "site": _cut(matter.site, most),
        "n": matter.rooms,
        "what": condition_text(matter, _),
        "metric": name_of(matter.metric).translated(_),
        "value": value_text(matter.metric, figures.value, _),
        "limit": bound_text(matter.metric, figures.limit, _),
        "worst": value_text(matter.metric, figures.worst, _),
        "spot": _(SPOTS[figures.spot][0]) if figures.spot in SPOTS else "",
    }


def _head(matter: AlertFacts, most: int, _: Translate) -> str:
    words = CONDITIONS[matter.condition].words
    after = words.after_head(matter)
    facts = _facts(matter, most, _)
    return _(words.head(matter)) % facts + (_(after) % facts if after else "")


_UNKNOWN = {
    Reason.PROBE_SILENT: "%(room)s%(spot)s探头没数了,%(what)s好没好不知道。",
    Reason.PROBE_DOUBTED: "%(room)s%(spot)s探头数不准了,%(what)s好没好不知道。",
}
_PREFIX = {NotificationKind.NEXT: "没人接,转到你了:", NotificationKind.AGAIN: "还没人去:"}


def alert_text(kind: NotificationKind, matter: AlertFacts, style: TextStyle, now: int, by: str = "") -> str:
    """Asks somebody to go. `by`: who passed the alert on."""
    _ = style.translate
    advice = CONDITIONS[matter.condition].words.advice(matter)
    goods = contents_text(matter.goods, style)

    def make(most: int) -> list[_Part]:
        parts = []
        if kind == NotificationKind.PASSED_ON:
            parts.append(_Part(_("%(name)s换人,转到你了:") % {"name": _cut(by, min(most, 6))}, ALWAYS))
        elif kind in _PREFIX:
            parts.append(_Part(_(_PREFIX[kind]), ALWAYS))
        parts.append(_Part(_head(matter, most, _), ALWAYS))
        parts.append(_Part(_(",已%(long)s") % {"long": duration_text(now - matter.since, _)}, 3))
        parts.append(_Part(_("。"), ALWAYS))
        if goods:
            parts.append(_Part(_("库里%(goods)s。") % {"goods": goods}, 4))
        if advice:
            warm = matter.verdict == Verdict.TOO_WARM
            parts.append(_Part(_(advice), 1 if warm else 5))
        return [*parts, _Part(_(ANSWER_BY), ALWAYS)]

    return _fit(style, make)


def ended_text(
    matter: AlertFacts,
    reason: str,
    style: TextStyle,
    ended_at: int,
    handled_by: str | None,
    clock: str = "",
) -> str:
    """Says to the notified people that the alert ended, and why. `clock`: the local time of its end if they
    hear of it later."""
    _ = style.translate

    def make(most: int) -> list[_Part]:
        facts = _facts(matter, most, _)
        facts["long"] = duration_text(ended_at - matter.since, _)
        facts["name"] = _cut(handled_by or "", min(most, 8))
        facts["now"] = (_("%(at)s是%(value)s") if clock else _("现在%(value)s")) % {**facts, "at": clock}
        if reason == Reason.ROOM_EMPTY:
            return [_Part(_("%(room)s报了空库,%(what)s不用管了。") % facts, ALWAYS)]
        if reason == Reason.LIMITS_CHANGED:
            return [_Part(_("%(room)s该在的范围改了,%(what)s不用管了。%(now)s。") % facts, ALWAYS)]
        if reason == Reason.PROBE_REMOVED:
            return [_Part(_("%(room)s%(spot)s的探头拿走了,没数的事不用管了。") % facts, ALWAYS)]
        if reason in UNKNOWN_WHETHER_OVER:
            text = _UNKNOWN[Reason(reason)]
            return [
                _Part(_(text) % facts, ALWAYS),
                _Part(_("最后准数%(value)s。") % facts, 3),
                _Part(_("请去现场看温度计。"), 5),
            ]
        sentences = CONDITIONS[matter.condition].words.ended
        parts = [_Part(_(sentence.text) % facts, sentence.keep) for sentence in sentences]
        return [*parts, _Part(_("处理人:%(name)s。") % facts, 2)] if handled_by else parts

    return _fit(style, make)


def taken_text(matter: AlertFacts, style: TextStyle, by: str) -> str:
    """Says to the other notified people that `by` goes."""
    _ = style.translate

    def make(most: int) -> list[_Part]:
        facts = {"room": _cut(matter.room, most), "what": condition_text(matter, _), "name": _cut(by, most)}
        return [_Part(_("%(room)s%(what)s:%(name)s说我去。") % facts, ALWAYS)]

    return _fit(style, make)


class PastAlert(NamedTuple):
    """An alert that began and ended while nobody could be notified. `timezone` is its site's."""

    matter: AlertFacts
    ended_at: int
    timezone: str


def digest_text(passed: Sequence[PastAlert], style: TextStyle) -> str:
    """One text for all past alerts. It names the longest, as many as fit."""
    _ = style.translate
    longest = sorted(passed, key=lambda p: (p.matter.since - p.ended_at, p.matter.room))

    def item(past: PastAlert, most: int) -> str:
        began = datetime.fromtimestamp(past.matter.since / 1000, ZoneInfo(past.timezone))
        facts = {
            "room": _cut(past.matter.room, most),
            "what": condition_text(past.matter, _),
            "worst": _worst(past.matter, _),
            "from": began.strftime("%H:%M"),
            "long": duration_text(past.ended_at - past.matter.since, _),
        }
        return _("%(room)s%(what)s%(worst)s,%(from)s起%(long)s") % facts

    def make(most: int) -> list[_Part]:
        items = [item(past, most) for past in longest]
        for count in range(len(items), 0, -1):
            rest = _("等%(n)s次") % {"n": len(items)} if count < len(items) else ""
            text = _("刚才有一阵没看住,期间%(items)s,都已好。") % {"items": _(";").join(items[:count]) + rest}
            parts = [_Part(text, ALWAYS)]
            if sms_length.length(_joined(style, parts)) <= sms_length.ONE_PART:
                break
        return parts

    return _fit(style, make)


def _worst(matter: AlertFacts, _: Translate) -> str:
    worst = CONDITIONS[matter.condition].words.worst
    return _(worst) % _facts(matter, SHORTEST_NAME, _) if worst else ""


# --- answers to inbound messages -------------------------------------------------------------------


class ReplyEffect(StrEnum):
    """The answer to an inbound message."""

    GOING = "记下了:%(room)s你去。先开门通风10分钟,两个人一起进。"
    GOING_MORE = "记下了:%(room)s你去。先通风10分钟,两个人进。还有%(n)s处没人去,再回1"
    PASSED = "好,%(room)s转给%(name)s了。"
    NOBODY_ELSE = "%(room)s没有别人可转了。请你去,或者打电话找人。"
    TAKEN = "%(room)s:%(name)s已经去了。"
    NOTHING_OPEN = "现在没有等人去的事。"
    TRIAL = "试响:试一下短信通不通,没出事。收到请回1。"
    HEARD = "收到了,你的手机没问题。"
    HELP = "没看懂。你去就回1,换人就回2。"


def reply_text(
    which: ReplyEffect, style: TextStyle, *, room: str = "", name: str = "", count: int = 0
) -> str:
    def make(most: int) -> list[_Part]:
        facts = {"room": _cut(room, most), "name": _cut(name, most), "n": count}
        return [_Part(style.translate(which.value) % facts, ALWAYS)]

    return _fit(style, make)
