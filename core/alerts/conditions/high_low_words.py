"""Texts of too high and too low, by the verdict: what the value means for the produce."""

from core.alerts.alerts import Severity
from core.alerts.conditions.contract import AlertSummary, ConditionWords, EndSentence
from core.metrics import Verdict
from core.wording.verdicts import WORDS, outside

_ADVICE = {
    Verdict.TOO_WARM: "进库先通风。",
    Verdict.FREEZING: "开加温关严门,先通风再进。",
    Verdict.TOO_COLD: "开加温关严门,先通风再进。",
    Verdict.CO2_HIGH: "开风机。人进棚先开门10分钟。",
}


def _advice(alert: AlertSummary) -> str:
    return _ADVICE.get(alert.verdict, "") if alert.verdict else ""


def _head_high(alert: AlertSummary) -> str:
    if alert.severity == Severity.CRITICAL:
        return "%(room)s危险!%(what)s%(value)s,该在%(limit)s以下"
    if alert.metric == "temperature":
        return "%(room)s%(what)s%(value)s,该在%(limit)s以下"
    return "%(room)s%(what)s,%(value)s,该在%(limit)s以下"


def _head_low(alert: AlertSummary) -> str:
    if alert.verdict == Verdict.FREEZING:
        return "%(room)s要冻了!%(spot)s%(value)s,该在%(limit)s以上"
    if alert.severity == Severity.CRITICAL:
        return "%(room)s危险!%(what)s%(value)s,该在%(limit)s以上"
    if alert.metric == "temperature":
        return "%(room)s%(what)s%(value)s,该在%(limit)s以上"
    return "%(room)s%(what)s,%(value)s,该在%(limit)s以上"


_WELL_AGAIN = EndSentence("%(room)s好了,%(now)s。")

HIGH_WORDS = ConditionWords(
    what=str(outside(None, high=True)),
    head=_head_high,
    advice=_advice,
    ended=(_WELL_AGAIN, EndSentence("一共%(long)s,最高%(worst)s。", 3)),
    worst="最高%(worst)s",
    worst_on_page="最高%(value)s",
    what_by_verdict=WORDS,
)
LOW_WORDS = ConditionWords(
    what=str(outside(None, high=False)),
    head=_head_low,
    advice=_advice,
    ended=(_WELL_AGAIN, EndSentence("一共%(long)s,最低%(worst)s。", 3)),
    worst="最低%(worst)s",
    worst_on_page="最低%(value)s",
    what_by_verdict=WORDS,
)
