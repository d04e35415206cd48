"""MQTT's rule of topics and filters."""

from collections.abc import Iterable, Sequence


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
    # a plain loop: this is asked for every filter whenever a topic is new
    for want, level in zip(wanted, levels, strict=False):  # noqa: SIM110
        if want != level and want != "+":
            return False
    return True


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic of the filter `narrow` is one of `wide`'s: a broker might send it for both."""
    large, small = wide.split("/"), narrow.split("/")
    for place, want in enumerate(large):
        if want == "#":
            return True
        if place >= len(small) or small[place] == "#" or want not in ("+", small[place]):
            return False
    return len(large) == len(small)


def widest(filters: Iterable[str]) -> list[str]:
    """Without those that lie within another one, in their order."""
    every = list(dict.fromkeys(filters))
    wild = [topic for topic in every if "+" in topic or "#" in topic]
    return [topic for topic in every if not any(other != topic and covers(other, topic) for other in wild)]
