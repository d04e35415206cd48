"""ESPHome's own topics: `<prefix>/<kind>/<object id>/state`; the prefix is the node's name by default."""

import re

_OWN = re.compile(r"((?:[^/]+/){0,2}[^/]+)/(?:sensor|binary_sensor)/([^/]+)(?:/state)?")


def own_topic(topic: str) -> tuple[str, str] | None:
    """(device, position); None if the topic is not ESPHome's."""
    match = _OWN.fullmatch(topic)
    if match is None or match[1] == "homeassistant" or not match[1].strip():
        return None
    return match[1][:150], match[2][:64]
