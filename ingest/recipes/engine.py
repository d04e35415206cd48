"""A rule made ready: `Rule.read` turns a message into reports, or says why it is none of its messages."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from core import paths
from core.errors import DecodeError
from core.meanings import Meaning
from core.paths import BELOW, Hit, Path
from core.recipes import Recipe, Take, filter_of, places
from core.topics import levels_match
from ingest.decoders.bodies import name, number
from ingest.decoders.contract import Context, Decode, Invalid, Report, Value
from ingest.recipes import modbus
from ingest.recipes.clock import Unread, moment
from ingest.recipes.message import Message
from ingest.recipes.values import PROBED, believable, in_our_unit, meaning_of, numeric, scaled, unit_beside
from ingest.recipes.where import Text, boring, where

SHORT = 6
"""A number of fewer digits at a `weak_device` path is a counter or a place, not the name of a box."""


class Rule:
    """A checked recipe with its paths parsed. `family` finds the decoder of a built-in family."""

    def __init__(self, recipe: Recipe, family: Decode | None = None) -> None:
        self.recipe = recipe
        self.filters = [filter_of(topic) for topic in recipe.topics]
        self._levels = [
            (topic.split("/"), each.split("/"))
            for topic, each in zip(recipe.topics, self.filters, strict=True)
        ]
        self._family = family
        self.speaks = recipe.undecoded and not recipe.requires
        """Whether everything on its topics is meant for it."""
        self._requires = [paths.parse(each) for each in recipe.requires]
        self._ignores = [paths.parse(each) for each in recipe.ignores]
        self._device = [Text(each) for each in recipe.device]
        self._weak = [Text(each) for each in recipe.weak_device]
        self._display = [Text(each) for each in recipe.display]
        self._times = [(each, Text(each)) for each in recipe.time.paths]
        self._backlog = paths.parse(recipe.backlog) if recipe.backlog else None
        self._takes = [_Ready(take, recipe) for take in recipe.values]

    def names_of(self, levels: Sequence[str]) -> dict[str, str] | None:
        """The topic's named levels; `None` where it is no topic of this rule."""

        for named, wanted in self._levels:
            if levels_match(wanted, list(levels)):
                return {
                    want[1:-1]: level for want, level in zip(named, levels, strict=False) if want[:1] == "{"
                }
        return None

    def read(self, message: Message, context: Context) -> list[Report] | str:
        """Reports, or a word of the reasons where it is no message for this rule."""
        names = self.names_of(message.levels)
        if names is None:
            return "unknown_topic"
        if self.recipe.body == "family":
            return self._as_family(message, names, context)
        if self.recipe.body == "modbus":
            return self._modbus(message, names)
        try:
            body = message.body(self.recipe)
        except DecodeError as error:
            return self._unread(message, names, error)
        if any(_there(path, body) for path in self._ignores):
            return []
        if not all(_there(path, body) for path in self._requires):
            return "unknown_topic"
        return _Reading(self, names, body, context).reports()

    def _unread(self, message: Message, names: dict[str, str], error: DecodeError) -> list[Report] | str:
        """What is no message of this kind, with its device where the rule speaks for all of its topic."""
        device = name(names.get("device"))
        if not self.speaks or device is None:
            return error.reason
        frames = modbus.replies(message.payload)
        return [Report(device, undecoded="needs_map" if frames else "needs_rule")]

    def _as_family(self, message: Message, names: dict[str, str], context: Context) -> list[Report] | str:
        if self._family is None:
            return "unknown_topic"
        topic = self.recipe.as_topic
        for place in places(topic):
            topic = topic.replace(f"{{{place}}}", names.get(place, ""))
        return self._family(topic, message.payload, context)

    def _modbus(self, message: Message, names: dict[str, str]) -> list[Report] | str:
        frames = modbus.replies(message.payload)
        if not frames:
            return "bad_frame"
        device = name(names.get("device"))
        if device is None:
            raise DecodeError("no_device", message.topic)
        report = Report(device)
        for frame in frames:
            self._frame(frame, names, report)
        return [report]

    def _frame(self, frame: modbus.Reply, names: dict[str, str], report: Report) -> None:
        for register in self.recipe.registers:
            if register.slave not in (0, frame.slave):
                continue
            known = {**names, "slave": str(frame.slave), "index": str(register.index)}
            position = _position(Text(register.position, words=True), (), known)
            if frame.error:
                report.invalid.append(Invalid(position, register.metric, "error_code"))
                continue
            value = modbus.value(register, frame.data)
            if value is None:
                report.invalid.append(Invalid(position, register.metric, "null"))
            elif value in register.invalid or value in self.recipe.invalid:
                report.invalid.append(Invalid(position, register.metric, "error_code"))
            else:
                found = in_our_unit(
                    register.metric, value * register.scale + register.offset, register.unit, guessed=False
                )
                assert found is not None
                self.add(report, position, found[0], found[1], None)

    def add(self, report: Report, position: str, metric: str, value: float | str, at: int | None) -> None:
        if isinstance(value, str):
            report.invalid.append(Invalid(position, metric, value))
        else:
            report.values.append(Value(position, metric, round(value, self.recipe.decimals), at))


class _Ready:
    """A `Take` with its paths parsed."""

    def __init__(self, take: Take, recipe: Recipe) -> None:
        self.take = take
        self.path = paths.parse(take.path)
        self.below = self.path[-1] == (BELOW,)
        self.named = paths.parse(take.named) if take.named else None
        self.position = Text(take.position, words=True) if take.position else None
        self.unit = Text(take.unit) if "{" in take.unit else None
        self.when = [(paths.parse(path), words) for path, words in take.when.items()]
        self.unless = [(paths.parse(path), words) for path, words in take.unless.items()]
        self.invalid = [*take.invalid, *recipe.invalid]


class _Reading:
    """One message under way."""

    def __init__(self, rule: Rule, names: dict[str, str], body: object, context: Context) -> None:
        self.rule, self.names, self.body, self.context = rule, names, body, context
        self.found: dict[str, Report] = {}
        self.times: dict[int, int | None] = {}
        self.devices: dict[int, str | None] = {}
        self.unknown = False
        self.timeless = False
        self.places: dict[str, list[tuple[Value, Hit]]] = defaultdict(list)

    def reports(self) -> list[Report] | str:
        for ready in self.rule._takes:
            for hit in paths.hits(ready.path, self.body):
                self._one(ready, hit)
        for owner, found in self.places.items():
            self.found[owner].values += _apart(found)
        for report in self.found.values():
            report.values[:] = _each_once(report.values)
        if self.unknown and not self.found:
            device = self._device(Hit(self.body, (), (self.body,))) if self.rule.recipe.undecoded else None
            if device is None:
                return "nothing_known"
            return [Report(device, name=self._display((self.body,)), undecoded="nothing_known")]
        for report in self.found.values():
            report.invalid[:] = dict.fromkeys(report.invalid)
        return [each for each in self.found.values() if each.values or each.invalid]

    def _one(self, ready: _Ready, hit: Hit) -> None:
        take = ready.take
        if isinstance(hit.value, dict | list) or not all(self._says(hit, *each) for each in ready.when):
            return
        said = paths.nearest(ready.named, hit.inside) if ready.named else None
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
        position = _position(ready.position, hit.inside, known) if ready.position else ""
        value = self._value(ready, hit, metric, meaning, known)
        if value is None:
            return
        report = self.found.get(device)
        if report is None:
            report = self.found[device] = Report(device, name=self._display(hit.inside))
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

    def _says(self, hit: Hit, path: Path, words: Sequence[str]) -> bool:
        said = paths.nearest(path, hit.inside)
        text = "" if said is None else str(said).strip().lower()
        return any(
            text.startswith(word[:-1].lower()) if word.endswith("*") else text == word.lower()
            for word in words
        )

    def _value(
        self, ready: _Ready, hit: Hit, metric: str, meaning: Meaning | None, known: dict[str, str]
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

    def _device(self, hit: Hit) -> str | None:
        key = id(hit.inside[-1])
        if key not in self.devices:
            self.devices[key] = self._find_device(hit.inside)
        return self.devices[key]

    def _find_device(self, inside: tuple[object, ...]) -> str | None:
        for text in self.rule._device:
            device = name(_text(text, inside, self.names))
            if device is not None:
                return device
        for text in self.rule._weak:
            device = name(_text(text, inside, self.names))
            if device is not None and (len(device) >= SHORT or not device.isdigit()):
                return device
        device = name(self.names.get("device"))
        if device is None:
            device = next(filter(None, (name(_text(text, inside, {})) for text in self.rule._weak)), None)
        return device

    def _display(self, inside: tuple[object, ...]) -> str:
        return next(filter(None, (name(_text(text, inside, self.names)) for text in self.rule._display)), "")

    def _time(self, hit: Hit, report: Report) -> int | None:
        key = id(hit.inside[-1])
        if key not in self.times:
            self.times[key] = self._find_time(hit.inside, report, self.context.zone)
        return self.times[key]

    def _find_time(self, inside: tuple[object, ...], report: Report, zone: ZoneInfo) -> int | None:
        for holder in reversed(inside):
            for path, text in self.rule._times:
                raw = text.filled((holder,), self.names)
                if raw is None or (len(path) == 1 and not _recent(raw)):
                    continue
                try:
                    at = moment(raw, self.rule.recipe.time, zone)
                except Unread:
                    report.invalid.append(Invalid("", "", "bad_time"))
                    self._waited(inside, report)
                    return None
                if at is not None:
                    return at
        self._waited(inside, report)
        return None

    def _waited(self, inside: tuple[object, ...], report: Report) -> None:
        """Without a time of its own a stored message says nothing about now."""
        waited = paths.nearest(self.rule._backlog, inside) if self.rule._backlog else None
        self.timeless = bool(waited) and str(waited).lower() not in ("0", "false", "disable", "no")
        if self.timeless:
            report.invalid.append(Invalid("", "", "bad_time"))


_RECENT = 1_000_000_000
"""What is called by one letter is a time only from here on (s); below it is a temperature."""


def _recent(raw: str) -> bool:
    value = number(raw)
    return not isinstance(value, str) and value >= _RECENT


def _there(path: Path, body: object) -> bool:
    return any(hit.value is not None for hit in paths.hits(path, body))


def _text(text: Text, inside: tuple[object, ...], known: dict[str, str]) -> str | None:
    return text.filled(inside, known)


def _position(text: Text, inside: tuple[object, ...], known: dict[str, str]) -> str:
    return name(text.filled(inside, known, gaps=True)) or ""


def _apart(found: list[tuple[Value, Hit]]) -> list[Value]:
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
