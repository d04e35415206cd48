"""A rule made ready: `Rule.read` turns a message into reports, or says why it is none of its messages."""

from collections.abc import Sequence

from core.decoding import value_paths
from core.decoding.rules import Rule, filter_of, places
from core.decoding.topic_filters import levels_match
from core.errors import DecodeError
from ingest.decoders.bodies import name
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport, Invalid, Value
from ingest.rules import modbus
from ingest.rules.extraction import Extraction, ReadyRule, position_of, there
from ingest.rules.message import RuleMessage
from ingest.rules.placeholders import PlaceholderText
from ingest.rules.values import in_our_unit


class CompiledRule:
    """A checked recipe with its paths parsed. `family` finds the decoder of a built-in family."""

    def __init__(self, recipe: Rule, family: Decode | None = None) -> None:
        self.recipe = recipe
        self.filters = [filter_of(topic) for topic in recipe.topics]
        self._levels = [
            (topic.split("/"), each.split("/"))
            for topic, each in zip(recipe.topics, self.filters, strict=True)
        ]
        self._family = family
        self.speaks = recipe.undecoded and not recipe.requires
        """Whether everything on its topics is meant for it."""
        self._requires = [value_paths.parse(each) for each in recipe.requires]
        self._ignores = [value_paths.parse(each) for each in recipe.ignores]
        self.device = [PlaceholderText(each) for each in recipe.device]
        self.weak = [PlaceholderText(each) for each in recipe.weak_device]
        self.display = [PlaceholderText(each) for each in recipe.display]
        self.times = [(each, PlaceholderText(each)) for each in recipe.time.paths]
        self.backlog = value_paths.parse(recipe.backlog) if recipe.backlog else None
        self.takes = [ReadyRule(take, recipe) for take in recipe.values]

    def names_of(self, levels: Sequence[str]) -> dict[str, str] | None:
        """The topic's named levels; `None` where it is no topic of this rule."""
        for named, wanted in self._levels:
            if levels_match(wanted, list(levels)):
                return {
                    want[1:-1]: level for want, level in zip(named, levels, strict=False) if want[:1] == "{"
                }
        return None

    def read(self, message: RuleMessage, context: DecodeContext) -> list[DecodedReport] | str:
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
        if any(there(path, body) for path in self._ignores):
            return []
        if not all(there(path, body) for path in self._requires):
            return "unknown_topic"
        return Extraction(self, names, body, context).reports()

    def _unread(
        self, message: RuleMessage, names: dict[str, str], error: DecodeError
    ) -> list[DecodedReport] | str:
        """What is no message of this kind, with its device where the rule speaks for all of its topic."""
        device = name(names.get("device"))
        if not self.speaks or device is None:
            return error.reason
        frames = modbus.replies(message.payload)
        return [DecodedReport(device, undecoded="needs_map" if frames else "needs_rule")]

    def _as_family(
        self, message: RuleMessage, names: dict[str, str], context: DecodeContext
    ) -> list[DecodedReport] | str:
        if self._family is None:
            return "unknown_topic"
        topic = self.recipe.as_topic
        for place in places(topic):
            topic = topic.replace(f"{{{place}}}", names.get(place, ""))
        return self._family(topic, message.payload, context)

    def _modbus(self, message: RuleMessage, names: dict[str, str]) -> list[DecodedReport] | str:
        frames = modbus.replies(message.payload)
        if not frames:
            return "bad_frame"
        device = name(names.get("device"))
        if device is None:
            raise DecodeError("no_device", message.topic)
        report = DecodedReport(device)
        for frame in frames:
            self._frame(frame, names, report)
        return [report]

    def _frame(self, frame: modbus.ModbusReply, names: dict[str, str], report: DecodedReport) -> None:
        for register in self.recipe.registers:
            if register.slave not in (0, frame.slave):
                continue
            known = {**names, "slave": str(frame.slave), "index": str(register.index)}
            position = position_of(PlaceholderText(register.position, words=True), (), known)
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

    def add(
        self, report: DecodedReport, position: str, metric: str, value: float | str, at: int | None
    ) -> None:
        if isinstance(value, str):
            report.invalid.append(Invalid(position, metric, value))
        else:
            report.values.append(Value(position, metric, round(value, self.recipe.decimals), at))
