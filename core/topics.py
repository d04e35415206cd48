"""MQTT's rule of topics and filters."""

from collections.abc import Sequence


def matches(topic_filter: str, topic: str) -> bool:
    """`+` is one level, a last `#` the rest (also none), neither at the start takes `$`."""
    return levels_match(topic_filter.split("/"), topic.split("/"))


def levels_match(wanted: Sequence[str], levels: Sequence[str]) -> bool:
    """The same for what is cut into levels already."""
    if levels[0][:1] == "$" and wanted[0] in ("+", "#"):
        return False
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        if len(levels) < len(wanted):
            return False
    elif len(levels) != len(wanted):
        return False
    return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))
