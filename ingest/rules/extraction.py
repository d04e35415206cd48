"""Extracts the values of one message by a rule, each with the device, time and position found around it."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from core.decoding import value_paths
from core.decoding.value_names import NamedValue
from core.decoding.value_paths import Path, PathMatch
from core.errors import DecodeError
from core.metrics import PROBED
from ingest.decoders.bodies import clean_name, parse_number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.rules.compiled import CompiledRule, CompiledSource
from ingest.rules.gateway_times import UnreadableTime, parse_gateway_time
from ingest.rules.placeholders import PlaceholderText, is_metadata, position_path
from ingest.rules.values import (
    apply_scale,
    is_believable,
    named_value,
    parse_value,
    to_standard_unit,
    unit_of_neighbour,
)

SHORT_DIGITS = 6
"""A `weak_device` number with fewer digits is a counter or a position, not the name of a device."""


class Extraction:
    """State of one message. Device and time are looked up once for all values of one object."""

    def __init__(
        self, compiled: CompiledRule, names: dict[str, str], body: object, context: DecodeContext
    ) -> None:
        self._compiled, self._names, self._body, self._context = compiled, names, body, context
        self._by_device: dict[str, DecodedReport] = {}
        self._times: dict[int, int | None] = {}
        self._devices: dict[int, str | None] = {}
        self._has_unknown = False
        self._drop_timeless = False
        self._unplaced: dict[str, list[tuple[Value, PathMatch]]] = defaultdict(list)

    def reports(self) -> list[DecodedReport] | str:
        """The reports, or `nothing_known` if the rule finds no value."""
        for source in self._compiled.sources:
            for match in value_paths.find_all(source.path, self._body):
                self._add_match(source, match)
        for device, values in self._unplaced.items():
            self._by_device[device].values += _number_probes(values)
        for report in self._by_device.values():
            report.values[:] = _without_repeats(report.values)
            report.invalid[:] = dict.fromkeys(report.invalid)
        if self._has_unknown and not self._by_device:
            return self._undecoded()
        return [report for report in self._by_device.values() if report.values or report.invalid]

    def _undecoded(self) -> list[DecodedReport] | str:
        whole = PathMatch(self._body, (), (self._body,))
        device = self._device(whole) if self._compiled.rule.undecoded else None
        if device is None:
            return "nothing_known"
        return [DecodedReport(device, name=self._display(whole.inside), undecoded="nothing_known")]

    def _add_match(self, compiled: CompiledSource, match: PathMatch) -> None:
        source = compiled.source
        if isinstance(match.value, dict | list) or not all(
            self._holds(match, *rule) for rule in compiled.when
        ):
            return
        label = value_paths.nearest(compiled.named, match.inside) if compiled.named else None
        meaning = None if source.metric else named_value(match, source, label)
        metric = source.metric or (meaning.metric if meaning else "")
        if not metric or (compiled.matches_anywhere and is_metadata(match)):
            if compiled.matches_anywhere or compiled.named or self._compiled.rule.undecoded:
                self._has_unknown |= not is_metadata(match) and not isinstance(parse_number(match.value), str)
            return
        device = self._device(match)
        if device is None:
            raise DecodeError("no_device")
        texts = {"key": match.key, "index": match.place, "name": str(label or ""), **self._names}
        texts["tag"] = texts["name" if compiled.named else "key"] if meaning is None or meaning.which else ""
        if compiled.matches_anywhere:
            texts["where"] = position_path(match, meaning, device)
        position = position_of(compiled.position, match.inside, texts) if compiled.position else ""
        converted = self._convert(compiled, match, metric, meaning, texts)
        if converted is not None:
            self._add_value(compiled, match, device, position, *converted)

    def _add_value(
        self,
        compiled: CompiledSource,
        match: PathMatch,
        device: str,
        position: str,
        metric: str,
        result: float | str,
    ) -> None:
        report = self._by_device.get(device)
        if report is None:
            report = self._by_device[device] = DecodedReport(device, name=self._display(match.inside))
        if isinstance(result, str):
            report.invalid.append(Invalid(position, metric, result))
            return
        at = self._time(match, report)
        if at is None and self._drop_timeless:
            return
        value = Value(position, metric, round(result, self._compiled.rule.decimals), at)
        if compiled.matches_anywhere:
            self._unplaced[device].append((value, match))
        else:
            report.values.append(value)

    def _holds(self, match: PathMatch, path: Path, words: Sequence[str]) -> bool:
        """Whether the field next to the value holds one of the words; `TEMP*` matches a prefix."""
        raw = value_paths.nearest(path, match.inside)
        text = "" if raw is None else str(raw).strip().lower()
        return any(
            text.startswith(word[:-1].lower()) if word.endswith("*") else text == word.lower()
            for word in words
        )

    def _convert(
        self,
        compiled: CompiledSource,
        match: PathMatch,
        metric: str,
        meaning: NamedValue | None,
        texts: dict[str, str],
    ) -> tuple[str, float | str] | None:
        """(metric, value or reason). None if the value is left out."""
        source, raw = compiled.source, match.value
        if source.error or any(self._holds(match, *condition) for condition in compiled.unless):
            return (metric, "error_code") if raw not in (None, 0, "", "0") or not source.error else None
        value, written_unit = parse_value(raw, metric, compiled.invalid)
        if isinstance(value, str):
            if meaning is not None and not meaning.sure:
                return None
            return (metric, value) if value != "null" or metric in PROBED else None
        if not is_believable(meaning, value):
            return None
        unit = (compiled.unit.fill(match.inside, texts) or "") if compiled.unit else source.unit
        unit = written_unit or unit or unit_of_neighbour(match) or (meaning.unit if meaning else "")
        return to_standard_unit(metric, apply_scale(raw, value, source), unit, guessed=meaning is not None)

    def _device(self, match: PathMatch) -> str | None:
        key = id(match.inside[-1])
        if key not in self._devices:
            self._devices[key] = self._find_device(match.inside)
        return self._devices[key]

    def _find_device(self, inside: tuple[object, ...]) -> str | None:
        for text in self._compiled.device:
            device = clean_name(text.fill(inside, self._names))
            if device is not None:
                return device
        for text in self._compiled.weak_device:
            device = clean_name(text.fill(inside, self._names))
            if device is not None and (len(device) >= SHORT_DIGITS or not device.isdigit()):
                return device
        device = clean_name(self._names.get("device"))
        if device is None:
            weak = (clean_name(text.fill(inside, {})) for text in self._compiled.weak_device)
            device = next(filter(None, weak), None)
        return device

    def _display(self, inside: tuple[object, ...]) -> str:
        names = (clean_name(text.fill(inside, self._names)) for text in self._compiled.display)
        return next(filter(None, names), "")

    def _time(self, match: PathMatch, report: DecodedReport) -> int | None:
        key = id(match.inside[-1])
        if key not in self._times:
            self._times[key] = self._find_time(match.inside, report, self._context.zone)
        return self._times[key]

    def _find_time(self, inside: tuple[object, ...], report: DecodedReport, zone: ZoneInfo) -> int | None:
        for holder in reversed(inside):
            for path, text in self._compiled.times:
                raw = text.fill((holder,), self._names)
                if raw is None or (len(path) == 1 and not _is_recent(raw)):
                    continue
                try:
                    at = parse_gateway_time(raw, self._compiled.rule.time, zone)
                except UnreadableTime:
                    report.invalid.append(Invalid("", "", "bad_time"))
                    self._check_backlog(inside, report)
                    return None
                if at is not None:
                    return at
        self._check_backlog(inside, report)
        return None

    def _check_backlog(self, inside: tuple[object, ...], report: DecodedReport) -> None:
        """Drops the values of a backlog message without a time, because they say nothing about now."""
        backlog = self._compiled.backlog
        flag = value_paths.nearest(backlog, inside) if backlog else None
        self._drop_timeless = bool(flag) and str(flag).lower() not in ("0", "false", "disable", "no")
        if self._drop_timeless:
            report.invalid.append(Invalid("", "", "bad_time"))


_RECENT_S = 1_000_000_000
"""A field with a one-letter name is a time only from this number on (s); below it is a temperature."""


def _is_recent(raw: str) -> bool:
    value = parse_number(raw)
    return not isinstance(value, str) and value >= _RECENT_S


def position_of(text: PlaceholderText, inside: tuple[object, ...], texts: dict[str, str]) -> str:
    return clean_name(text.fill(inside, texts, allow_missing=True)) or ""


def _number_probes(values: list[tuple[Value, PathMatch]]) -> list[Value]:
    """Appends the list index to the position if several elements of a list have one position and time."""
    places: dict[tuple[str, str, int | None], set[str]] = defaultdict(set)
    for value, match in values:
        places[value.position, value.metric, value.at].add(match.place)
    split = {position for (position, _, _), indexes in places.items() if len(indexes) > 1}
    return [
        value._replace(position="/".join(filter(None, (value.position, match.place))))
        if value.position in split and match.place
        else value
        for value, match in values
    ]


def _without_repeats(values: list[Value]) -> list[Value]:
    first: dict[tuple[str, str, int | None], Value] = {}
    for value in values:
        first.setdefault((value.position, value.metric, value.at), value)
    return list(first.values())
