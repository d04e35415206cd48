"""All rules in their order: which of them read a topic, and the decoder that they make of it."""

from collections.abc import Sequence

from core.errors import DecodeError
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport
from ingest.rules.compiled import CompiledRule
from ingest.rules.engine import decode_message
from ingest.rules.message import RuleMessage


class RuleList:
    """For `Router.use`: the federation's own ones, and those that come with the program."""

    def __init__(self, own: Sequence[CompiledRule], shipped: Sequence[CompiledRule]) -> None:
        self._own, self._shipped = own, shipped
        self.rules = (*own, *shipped)
        self.filters = list(dict.fromkeys(topic for rule in self.rules for topic in rule.filters))

    def own(self, levels: Sequence[str]) -> Decode | None:
        """What none of them can read, one that comes with the program may."""
        own = _matching(self._own, levels)
        return make_decoder([*own, *_matching(self._shipped, levels)], own[0]) if own else None

    def shipped(self, levels: Sequence[str]) -> Decode | None:
        rules = _matching(self._shipped, levels)
        owner = next((rule for rule in rules if rule.owns_topic), None)
        return make_decoder(rules, owner) if rules else None


def make_decoder(rules: Sequence[CompiledRule], topic_owner: CompiledRule | None = None) -> Decode:
    """The first rule that finds its kind of message reads it. What none finds raises `DecodeError`: for the
    reason of the rule for whom the topic is, else as a topic that nobody knows."""

    def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        if not payload:
            return []  # a retained message was removed
        message = RuleMessage(topic, payload)
        reason, owner = "unknown_topic", ""
        for rule in rules:
            result = decode_message(rule, message, context)
            if not isinstance(result, str):
                for report in result:
                    if report.undecoded and owner:
                        report.undecoded = reason  # why the rule that is for it did not read it
                return result
            if rule is topic_owner:
                reason, owner = result, rule.rule.name
        raise DecodeError(reason, owner)

    return decode


def _matching(rules: Sequence[CompiledRule], levels: Sequence[str]) -> list[CompiledRule]:
    return [rule for rule in rules if rule.names_of(levels) is not None]
