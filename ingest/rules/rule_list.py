"""All rules in order: which of them apply to a topic, and the decoder that tries them."""

from collections.abc import Sequence

from core.errors import DecodeError
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport
from ingest.rules.compiled import CompiledRule
from ingest.rules.engine import decode_message
from ingest.rules.message import RuleMessage


class RuleList:
    """For `Router.use_rules`: the federation's own rules and the shipped ones."""

    def __init__(self, own: Sequence[CompiledRule], shipped: Sequence[CompiledRule]) -> None:
        self._own, self._shipped = own, shipped
        self.rules = (*own, *shipped)
        self.filters = list(dict.fromkeys(topic for rule in self.rules for topic in rule.filters))

    def own(self, levels: Sequence[str]) -> Decode | None:
        """Tries the own rules of the topic, then the shipped ones. None if no own rule matches the topic."""
        own = _matching(self._own, levels)
        return make_decoder([*own, *_matching(self._shipped, levels)], own[0]) if own else None

    def shipped(self, levels: Sequence[str]) -> Decode | None:
        rules = _matching(self._shipped, levels)
        owner = next((rule for rule in rules if rule.owns_topic), None)
        return make_decoder(rules, owner) if rules else None


def make_decoder(rules: Sequence[CompiledRule], topic_owner: CompiledRule | None = None) -> Decode:
    """A decoder that uses the first rule that applies. If none does, it raises DecodeError with the reason
    of `topic_owner`, or unknown_topic."""

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
                        report.undecoded = reason  # why the topic's own rule did not apply
                return result
            if rule is topic_owner:
                reason, owner = result, rule.rule.name
        raise DecodeError(reason, owner)

    return decode


def _matching(rules: Sequence[CompiledRule], levels: Sequence[str]) -> list[CompiledRule]:
    return [rule for rule in rules if rule.names_of(levels) is not None]
