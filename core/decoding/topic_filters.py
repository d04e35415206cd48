"""Matching of MQTT topics and topic filters."""

from collections.abc import Iterable, Sequence


def matches(topic_filter: str, topic: str) -> bool:
    """`+` matches one level, a final `#` all further levels (also none). At the start neither matches `$`
    topics."""
    return levels_match(topic_filter.split("/"), topic.split("/"))


def levels_match(wanted: Sequence[str], levels: Sequence[str]) -> bool:
    """Like `matches`, for topics already split into levels."""
    if levels[0][:1] == "$" and wanted[0] in ("+", "#"):
        return False
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        if len(levels) < len(wanted):
            return False
    elif len(levels) != len(wanted):
        return False
    # a plain loop, because it runs for every filter and new topic
    for want, level in zip(wanted, levels, strict=False):  # noqa: SIM110
        if want != level and want != "+":
            return False
    return True


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` matches every topic of `narrow`; a broker may then send a message for both filters."""
    large, small = wide.split("/"), narrow.split("/")
    for place, want in enumerate(large):
        if want == "#":
            return True
        if place >= len(small) or small[place] == "#" or want not in ("+", small[place]):
            return False
    return len(large) == len(small)


def widest(filters: Iterable[str]) -> list[str]:
    """Removes filters covered by another one; keeps the order."""
    every = list(dict.fromkeys(filters))
    wild = [topic for topic in every if "+" in topic or "#" in topic]
    return [topic for topic in every if not any(other != topic and covers(other, topic) for other in wild)]
