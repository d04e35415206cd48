"""A rule with its paths and topics parsed."""

from collections.abc import Sequence

from core.decoding import value_paths
from core.decoding.rules import Rule, ValueSource, filter_of
from core.decoding.topic_filters import levels_match
from core.decoding.value_paths import BELOW
from ingest.decoders.contract import Decode
from ingest.rules.placeholders import PlaceholderText


class CompiledSource:
    """A `ValueSource` with its paths parsed."""

    def __init__(self, source: ValueSource, rule: Rule) -> None:
        self.source = source
        self.path = value_paths.parse(source.path)
        self.matches_anywhere = self.path[-1] == (BELOW,)
        self.named = value_paths.parse(source.named) if source.named else None
        self.position = PlaceholderText(source.position, words=True) if source.position else None
        self.unit = PlaceholderText(source.unit) if "{" in source.unit else None
        self.when = [(value_paths.parse(path), words) for path, words in source.when.items()]
        self.unless = [(value_paths.parse(path), words) for path, words in source.unless.items()]
        self.invalid = [*source.invalid, *rule.invalid]


class CompiledRule:
    """A checked rule. `family` is the decoder of a built-in family, if the rule's body is `family`."""

    def __init__(self, rule: Rule, family: Decode | None = None) -> None:
        self.rule = rule
        self.family = family
        self.filters = [filter_of(topic) for topic in rule.topics]
        self._levels = [
            (topic.split("/"), topic_filter.split("/"))
            for topic, topic_filter in zip(rule.topics, self.filters, strict=True)
        ]
        self.owns_topic = rule.undecoded and not rule.requires
        """Whether the rule claims every message on its topics."""
        self.requires = [value_paths.parse(path) for path in rule.requires]
        self.ignores = [value_paths.parse(path) for path in rule.ignores]
        self.device = [PlaceholderText(text) for text in rule.device]
        self.weak_device = [PlaceholderText(text) for text in rule.weak_device]
        self.display = [PlaceholderText(text) for text in rule.display]
        self.times = [(text, PlaceholderText(text)) for text in rule.time.paths]
        self.backlog = value_paths.parse(rule.backlog) if rule.backlog else None
        self.sources = [CompiledSource(source, rule) for source in rule.values]

    def names_of(self, levels: Sequence[str]) -> dict[str, str] | None:
        """The topic's named levels, `{device}` -> level. None if the rule does not match the topic."""
        for named, wanted in self._levels:
            if levels_match(wanted, list(levels)):
                return {
                    want[1:-1]: level for want, level in zip(named, levels, strict=False) if want[:1] == "{"
                }
        return None
