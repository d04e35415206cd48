"""All rules in their order: which of them read a topic, and the decoder that they make of it."""

from collections.abc import Sequence

from core.errors import DecodeError
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport
from ingest.rules.engine import CompiledRule
from ingest.rules.message import RuleMessage


class RuleList:
    """For `Router.use`: the federation's own ones, and those that come with the program."""

    def __init__(self, own: Sequence[CompiledRule], shipped: Sequence[CompiledRule]) -> None:
        self._own, self._shipped = own, shipped
        self.each = (*own, *shipped)
        self.filters = list(dict.fromkeys(each for rule in self.each for each in rule.filters))

    def own(self, levels: Sequence[str]) -> Decode | None:
        """What none of them can read, one that comes with the program may."""
        found = _of(self._own, levels)
        return decoder([*found, *_of(self._shipped, levels)], found[0]) if found else None

    def shipped(self, levels: Sequence[str]) -> Decode | None:
        found = _of(self._shipped, levels)
        speaking = next((rule for rule in found if rule.speaks), None)
        return decoder(found, speaking) if found else None


def decoder(rules: Sequence[CompiledRule], speaking: CompiledRule | None = None) -> Decode:
    """The first rule that finds its kind of message reads it. What none finds raises `DecodeError`: for the
    reason of the rule for whom the topic is, else as a topic that nobody knows."""

    def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        if not payload:
            return []  # a retained message was removed
        message = RuleMessage(topic, payload)
        reason, told = "unknown_topic", ""
        for rule in rules:
            found = rule.read(message, context)
            if not isinstance(found, str):
                for report in found:
                    if report.undecoded and told:
                        report.undecoded = reason  # why the rule that is for it did not read it
                return found
            if rule is speaking:
                reason, told = found, rule.recipe.name
        raise DecodeError(reason, told)

    return decode


def _of(rules: Sequence[CompiledRule], levels: Sequence[str]) -> list[CompiledRule]:
    return [rule for rule in rules if rule.names_of(levels) is not None]
