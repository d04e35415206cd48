"""Views of a rule: the pasted message, one row per number in it, and the readings that the rule decodes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from core.decoding.rules import (
    Body,
    FoundNumber,
    Kind,
    RegisterSource,
    Rule,
    RuleBench,
    RuleTrial,
    TimeSource,
    ValueSource,
)
from core.errors import Refused
from core.metrics import METRICS, name_of
from web.base.forms import SubmittedForm
from web.base.localizer import N_, Localizer

BY_NAME = "by_name"
SCALES: Sequence[tuple[str, str]] = (
    ("1", N_("就是这个数")),
    ("0.1", N_("除以10")),
    ("0.01", N_("除以100")),
    ("0.001", N_("除以1000")),
    ("10", N_("乘以10")),
)
UNITS: Sequence[tuple[str, str]] = (
    ("", N_("平常的单位")),
    ("F", N_("华氏度")),
    ("K", N_("开尔文")),
    ("kPa", "kPa"),
    ("Pa", "Pa"),
    ("mV", "mV"),
    ("ppb", "ppb"),
    ("klx", "klx"),
)
KINDS: Sequence[tuple[str, str]] = (
    ("int16", N_("有正负（int16）")),
    ("uint16", N_("没有负数（uint16）")),
    ("float32", N_("两个寄存器的小数（float32）")),
    ("int32", N_("两个寄存器的整数（int32）")),
)
Source = TypeVar("Source", ValueSource, RegisterSource)
ROWS_AT_MOST = 150
TEXT_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class PastedMessage:
    """The message as the form shows it: text, or hexadecimal if `hex`."""

    topic: str
    payload: bytes
    text: str
    hex: bool


@dataclass(frozen=True, slots=True)
class RuleValueRow:
    """One number of the message and its metric in the rule ("" if the rule does not use it)."""

    number: int
    path: str
    shown: str
    metric: str
    position: str
    scale: str
    unit: str
    kind: str = ""


def pasted(topic: str, payload: bytes, hexadecimal: str = "") -> PastedMessage:
    if hexadecimal == "yes":
        try:
            payload = bytes.fromhex(payload.decode("ascii", "ignore"))
        except ValueError:
            payload = b""
        return PastedMessage(topic, payload, payload.hex(" "), True)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(sign.isprintable() or sign in "\r\n\t" for sign in text.strip("\0")):
            return PastedMessage(topic, payload, text.strip("\0")[:TEXT_SHOWN], False)
    return PastedMessage(topic, payload, payload.hex(" ")[: 3 * TEXT_SHOWN], True)


def lines(rule: Rule, message: PastedMessage, bench: RuleBench) -> list[RuleValueRow]:
    """Rows for the numbers of the message, in its order, then for values of the rule that it does not
    contain."""
    numbers = _numbers_in(message, rule.body, bench)
    if rule.body == "modbus":
        return _registers(rule, numbers)
    values = _by_path((take.path, take) for take in rule.values)
    paths = [*(number.path for number in numbers if number.number or number.path in values), *values]
    shown = {number.path: number for number in numbers}
    return [
        _line(number, path, shown.get(path), take) for number, (path, take) in enumerate(_rows(paths, values))
    ]


def _by_path(sources: Iterable[tuple[str, Source]]) -> dict[str, list[Source]]:
    """A rule may read one path several times, e.g. under different conditions."""
    by_path: dict[str, list[Source]] = {}
    for path, source in sources:
        by_path.setdefault(path, []).append(source)
    return by_path


def _rows(paths: Iterable[str], sources: Mapping[str, list[Source]]) -> list[tuple[str, Source | None]]:
    """One row per source, one per path without a source. Only paths without a source are left out beyond
    `ROWS_AT_MOST`, because saving the form removes every source that has no row."""
    rows: list[tuple[str, Source | None]] = []
    free = ROWS_AT_MOST - sum(map(len, sources.values()))
    for path in dict.fromkeys(paths):
        if path in sources:
            rows += [(path, source) for source in sources[path]]
        elif free > 0:
            free -= 1
            rows.append((path, None))
    return rows


def _line(number: int, path: str, number_found: FoundNumber | None, take: ValueSource | None) -> RuleValueRow:
    metric = "" if take is None else take.metric or BY_NAME
    return RuleValueRow(
        number,
        path,
        number_found.shown if number_found else "",
        metric,
        take.position if take else number_found.position if number_found else "",
        _number_text(take.scale) if take else "1",
        take.unit if take else "",
    )


def _registers(rule: Rule, numbers: Sequence[FoundNumber]) -> list[RuleValueRow]:
    registers = _by_path((str(register.index), register) for register in rule.registers)
    shown = {number.path: number.shown for number in numbers}
    rows = []
    for number, (path, register) in enumerate(_rows([*shown, *registers], registers)):
        facts = (
            (register.metric, register.position, _number_text(register.scale), register.unit, register.kind)
            if register
            else None
        )
        rows.append(
            RuleValueRow(number, path, shown.get(path, ""), *(facts or ("", "{slave}", "1", "", "int16")))
        )
    return rows


def _number_text(value: float) -> str:
    """As short as it can be without losing a digit: the form sends it back."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _numbers_in(message: PastedMessage, body: Body, bench: RuleBench) -> Sequence[FoundNumber]:
    if not message.payload:
        return ()
    try:
        return bench.find_numbers(message.payload, body, "auto")
    except Refused:
        return ()


def of_form(form: SubmittedForm, base: Rule) -> Rule:
    """The rule of the form; parts that the form does not ask come from `base`. Refused: a scale is not a
    number."""
    rows = min(form.whole("rows") or 0, ROWS_AT_MOST)
    chosen = [row for row in range(rows) if form[f"metric-{row}"]]
    paths = [form[f"path-{row}"] for row in range(rows)]
    facts: dict[str, Any] = {"name": form["name"] or base.name}
    facts["topics"] = [line.strip() for line in re.split(r"[\n,]", form["pattern"]) if line.strip()]
    facts["device"] = [part for part in re.split(r"[,\s]+", form["device"]) if part]
    facts["time"] = replace(base.time, paths=[form["time"]]) if form["time"] else TimeSource()
    if form["time"] in base.time.paths:
        facts["time"] = base.time
    if base.body == "modbus":
        registers = _in_rows(paths, _by_path((str(register.index), register) for register in base.registers))
        facts["registers"] = [_register(form, row, registers[row]) for row in chosen]
    else:
        values = _in_rows(paths, _by_path((take.path, take) for take in base.values))
        facts["values"] = [_take(form, row, values[row]) for row in chosen]
    return replace(base, **facts)


def _in_rows(paths: Sequence[str], sources: Mapping[str, Sequence[Source]]) -> list[Source | None]:
    """The stored source of each row: the second row of a path has the second source of that path."""
    left = {path: iter(of_path) for path, of_path in sources.items()}
    return [next(left.get(path, iter(())), None) for path in paths]


def _take(form: SubmittedForm, row: int, before: ValueSource | None) -> ValueSource:
    metric = form[f"metric-{row}"]
    return replace(
        before or ValueSource(path=form[f"path-{row}"]),
        metric="" if metric == BY_NAME else metric,
        position=form[f"position-{row}"],
        unit=form[f"unit-{row}"],
        scale=_scale(form[f"scale-{row}"]),
    )


def _register(form: SubmittedForm, row: int, before: RegisterSource | None) -> RegisterSource:
    path = form[f"path-{row}"]
    index = int(path) if path.isascii() and path.isdigit() and len(path) < 4 else -1
    kind = form[f"kind-{row}"]
    return replace(
        before or RegisterSource(index=index, metric=""),
        metric=form[f"metric-{row}"],
        position=form[f"position-{row}"],
        unit=form[f"unit-{row}"],
        scale=_scale(form[f"scale-{row}"]),
        kind=kind if kind in get_args(Kind) else "int16",
    )


def _scale(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        raise Refused("bad_rule", "倍数不能是0,也不能大得离谱") from None


def options(words: Localizer, line: RuleValueRow, *, modbus: bool) -> list[tuple[str, str]]:
    """The metrics that can be chosen for a number."""
    offered = [("", words("不要"))]
    if line.metric == BY_NAME and not modbus:
        offered.append((BY_NAME, words("看名字")))
    return offered + [(metric, _choice(metric, words)) for metric in METRICS]


def choices(usual: Sequence[tuple[str, str]], words: Localizer, now: str) -> list[tuple[str, str]]:
    """The usual choices, plus the current value `now` if it is not one of them."""
    offered = [(value, words(word)) for value, word in usual]
    return offered if now in dict(usual) else [*offered, (now, now)]


def times(rule: Rule, message: PastedMessage, bench: RuleBench) -> list[str]:
    """Candidate paths of the time: the rule's own, then names in the message that look like a time."""
    paths = [number.path for number in _numbers_in(message, rule.body, bench) if rule.body != "modbus"]
    like = [path for path in paths if re.search(r"time|date|stamp|时间|日期|(^|\.)ts$", path, re.IGNORECASE)]
    return list(dict.fromkeys([*rule.time.paths[:1], *like]))[:20]


def pairs(paths: Sequence[str]) -> list[tuple[str, str]]:
    return [(path, path) for path in paths]


@dataclass(frozen=True, slots=True)
class RuleResultView:
    device: str
    position: str
    what: str
    value: str
    when: str


def results(
    bench: RuleBench,
    words: Localizer,
    reasons: Mapping[str, str],
    wanted: Rule,
    message: PastedMessage,
    now: int,
    zone: ZoneInfo,
) -> dict[str, object]:
    """What the rule decodes from the message, as texts for the page."""
    if not message.payload:
        return {"found": [], "lost": [], "why": words("贴一条消息，就能看读出什么")}
    try:
        tried = bench.attempt(wanted, message.topic, message.payload, now, zone)
    except Refused as refused:
        return {"found": [], "lost": [], "why": words(refused.text, **refused.facts)}
    why = words(reasons.get(tried.refused, tried.refused)) if tried.refused else ""
    if not tried.got and not why:
        why = words("里面没有要记的数")
    return {"found": _results(tried, words, now, zone), "lost": _lost(tried, words, reasons), "why": why}


def _results(tried: RuleTrial, words: Localizer, now: int, zone: ZoneInfo) -> list[RuleResultView]:
    return [
        RuleResultView(
            value.device,
            value.position,
            words.metric(value.metric),
            f"{value.value:g} {METRICS[value.metric].unit}".strip(),
            words("收到的时候") if value.at is None else words.moment(value.at, now, str(zone)),
        )
        for value in tried.got[:ROWS_AT_MOST]
    ]


def _lost(tried: RuleTrial, words: Localizer, reasons: Mapping[str, str]) -> list[str]:
    sentences = []
    for lost in tried.lost[:20]:
        what = words.metric(lost.metric) if lost.metric in METRICS else ""
        where = " ".join(part for part in (lost.position, what) if part)
        sentence = words(reasons.get(lost.reason, lost.reason))
        sentences.append(f"{where}: {sentence}" if where else sentence)
    return sentences


def _choice(metric: str, words: Localizer) -> str:
    """A metric's name as a choice; for an on/off metric also the meaning of 1."""
    name, on_off = name_of(metric), METRICS[metric].on_off
    return words("%(name)s（1是%(on)s）", name=name, on=words(on_off[1])) if on_off else words.say(name)
