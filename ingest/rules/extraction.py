"""One message under way: its values by a rule, with the device, the time and the place that stand around
each."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.decoding import value_paths
from core.decoding.rules import Rule, ValueSource
from core.decoding.value_names import NamedValue
from core.decoding.value_paths import BELOW, Path, PathMatch
from core.errors import DecodeError
from ingest.decoders.bodies import name, number
from ingest.decoders.contract import DecodeContext, DecodedReport, Invalid, Value
from ingest.rules.gateway_times import UnreadableTime, moment
from ingest.rules.placeholders import PlaceholderText, boring, where
from ingest.rules.values import PROBED, believable, in_our_unit, meaning_of, numeric, scaled, unit_beside

if TYPE_CHECKING:
    from ingest.rules.engine import CompiledRule

SHORT = 6
"""A number of fewer digits at a `weak_device` path is a counter or a place, not the name of a box."""


class ReadyRule:
    """A `Take` with its paths parsed."""

    def __init__(self, take: ValueSource, recipe: Rule) -> None:
        self.take = take
        self.path = value_paths.parse(take.path)
        self.below = self.path[-1] == (BELOW,)
        self.named = value_paths.parse(take.named) if take.named else None
        self.position = PlaceholderText(take.position, words=True) if take.position else None
        self.unit = PlaceholderText(take.unit) if "{" in take.unit else None
        self.when = [(value_paths.parse(path), words) for path, words in take.when.items()]
        self.unless = [(value_paths.parse(path), words) for path, words in take.unless.items()]
        self.invalid = [*take.invalid, *recipe.invalid]


class Extraction:
    """One message under way."""

    def __init__(
        self, rule: "CompiledRule", names: dict[str, str], body: object, context: DecodeContext
    ) -> None:
        self.rule, self.names, self.body, self.context = rule, names, body, context
        self.found: dict[str, DecodedReport] = {}
        self.times: dict[int, int | None] = {}
        self.devices: dict[int, str | None] = {}
        self.unknown = False
        self.timeless = False
        self.places: dict[str, list[tuple[Value, PathMatch]]] = defaultdict(list)

    def reports(self) -> list[DecodedReport] | str:
        for ready in self.rule.takes:
            for hit in value_paths.find_all(ready.path, self.body):
                self._one(ready, hit)
        for owner, found in self.places.items():
            self.found[owner].values += _apart(found)
        for report in self.found.values():
            report.values[:] = _each_once(report.values)
        if self.unknown and not self.found:
            device = (
                self._device(PathMatch(self.body, (), (self.body,))) if self.rule.recipe.undecoded else None
            )
            if device is None:
                return "nothing_known"
            return [DecodedReport(device, name=self._display((self.body,)), undecoded="nothing_known")]
        for report in self.found.values():
            report.invalid[:] = dict.fromkeys(report.invalid)
        return [each for each in self.found.values() if each.values or each.invalid]

    def _one(self, ready: ReadyRule, hit: PathMatch) -> None:
        take = ready.take
        if isinstance(hit.value, dict | list) or not all(self._says(hit, *each) for each in ready.when):
            return
        said = value_paths.nearest(ready.named, hit.inside) if ready.named else None
        meaning = None if take.metric else meaning_of(hit, take, said)
        metric = take.metric or (meaning.metric if meaning else "")
        if not metric or (ready.below and boring(hit)):
            if ready.below or ready.named or self.rule.recipe.undecoded:
                self.unknown = self.unknown or (not boring(hit) and not isinstance(number(hit.value), str))
            return
        device = self._device(hit)
        if device is None:
            raise DecodeError("no_device")
        known = {"key": hit.key, "index": hit.place, "name": str(said or ""), **self.names}
        known["tag"] = known["name" if ready.named else "key"] if meaning is None or meaning.which else ""
        if ready.below:
            known["where"] = where(hit, meaning, device)
        position = position_of(ready.position, hit.inside, known) if ready.position else ""
        value = self._value(ready, hit, metric, meaning, known)
        if value is None:
            return
        report = self.found.get(device)
        if report is None:
            report = self.found[device] = DecodedReport(device, name=self._display(hit.inside))
        metric, result = value
        if isinstance(result, str):
            report.invalid.append(Invalid(position, metric, result))
            return
        at = self._time(hit, report)
        if at is None and self.timeless:
            return
        value_of = Value(position, metric, round(result, self.rule.recipe.decimals), at)
        if ready.below:
            self.places[device].append((value_of, hit))
        else:
            report.values.append(value_of)

    def _says(self, hit: PathMatch, path: Path, words: Sequence[str]) -> bool:
        said = value_paths.nearest(path, hit.inside)
        text = "" if said is None else str(said).strip().lower()
        return any(
            text.startswith(word[:-1].lower()) if word.endswith("*") else text == word.lower()
            for word in words
        )

    def _value(
        self, ready: ReadyRule, hit: PathMatch, metric: str, meaning: NamedValue | None, known: dict[str, str]
    ) -> tuple[str, float | str] | None:
        """(metric, value or reason), `None` where it is nothing."""
        take, raw = ready.take, hit.value
        if take.error or any(self._says(hit, *each) for each in ready.unless):
            return (metric, "error_code") if raw not in (None, 0, "", "0") or not take.error else None
        value, written = numeric(raw, metric, ready.invalid)
        if isinstance(value, str):
            if meaning is not None and not meaning.sure:
                return None
            return (metric, value) if value != "null" or metric in PROBED else None
        if not believable(meaning, value):
            return None
        unit = (_text(ready.unit, hit.inside, known) or "") if ready.unit else take.unit
        unit = written or unit or unit_beside(hit) or (meaning.unit if meaning else "")
        return in_our_unit(metric, scaled(raw, value, take), unit, guessed=meaning is not None)

    # --- what stands around the value, found once for all values in one place -----------------------

    def _device(self, hit: PathMatch) -> str | None:
        key = id(hit.inside[-1])
        if key not in self.devices:
            self.devices[key] = self._find_device(hit.inside)
        return self.devices[key]

    def _find_device(self, inside: tuple[object, ...]) -> str | None:
        for text in self.rule.device:
            device = name(_text(text, inside, self.names))
            if device is not None:
                return device
        for text in self.rule.weak:
            device = name(_text(text, inside, self.names))
            if device is not None and (len(device) >= SHORT or not device.isdigit()):
                return device
        device = name(self.names.get("device"))
        if device is None:
            device = next(filter(None, (name(_text(text, inside, {})) for text in self.rule.weak)), None)
        return device

    def _display(self, inside: tuple[object, ...]) -> str:
        return next(filter(None, (name(_text(text, inside, self.names)) for text in self.rule.display)), "")

    def _time(self, hit: PathMatch, report: DecodedReport) -> int | None:
        key = id(hit.inside[-1])
        if key not in self.times:
            self.times[key] = self._find_time(hit.inside, report, self.context.zone)
        return self.times[key]

    def _find_time(self, inside: tuple[object, ...], report: DecodedReport, zone: ZoneInfo) -> int | None:
        for holder in reversed(inside):
            for path, text in self.rule.times:
                raw = text.filled((holder,), self.names)
                if raw is None or (len(path) == 1 and not _recent(raw)):
                    continue
                try:
                    at = moment(raw, self.rule.recipe.time, zone)
                except UnreadableTime:
                    report.invalid.append(Invalid("", "", "bad_time"))
                    self._waited(inside, report)
                    return None
                if at is not None:
                    return at
        self._waited(inside, report)
        return None

    def _waited(self, inside: tuple[object, ...], report: DecodedReport) -> None:
        """Without a time of its own a stored message says nothing about now."""
        waited = value_paths.nearest(self.rule.backlog, inside) if self.rule.backlog else None
        self.timeless = bool(waited) and str(waited).lower() not in ("0", "false", "disable", "no")
        if self.timeless:
            report.invalid.append(Invalid("", "", "bad_time"))


_RECENT = 1_000_000_000
"""What is called by one letter is a time only from here on (s); below it is a temperature."""


def _recent(raw: str) -> bool:
    value = number(raw)
    return not isinstance(value, str) and value >= _RECENT


def there(path: Path, body: object) -> bool:
    return any(hit.value is not None for hit in value_paths.find_all(path, body))


def _text(text: PlaceholderText, inside: tuple[object, ...], known: dict[str, str]) -> str | None:
    return text.filled(inside, known)


def position_of(text: PlaceholderText, inside: tuple[object, ...], known: dict[str, str]) -> str:
    return name(text.filled(inside, known, gaps=True)) or ""


def _apart(found: list[tuple[Value, PathMatch]]) -> list[Value]:
    """Two alike of one moment are two probes where they stand at different places of a list."""
    groups: dict[tuple[str, str, int | None], set[str]] = defaultdict(set)
    for value, hit in found:
        groups[value.position, value.metric, value.at].add(hit.place)
    several = {key[:2] for key, indexes in groups.items() if len(indexes) > 1}
    split = {position for position, _ in several}
    return [
        value._replace(position="/".join(filter(None, (value.position, hit.place))))
        if value.position in split and hit.place
        else value
        for value, hit in found
    ]


def _each_once(values: list[Value]) -> list[Value]:
    seen: dict[tuple[str, str, int | None], Value] = {}
    for value in values:
        seen.setdefault((value.position, value.metric, value.at), value)
    return list(seen.values())
