"""ESPHome's own topics: `<prefix>/<kind>/<object id>/state`, the prefix being the node's name by default."""

import re

_OWN = re.compile(r"((?:[^/]+/){0,2}[^/]+)/(?:sensor|binary_sensor)/([^/]+)(?:/state)?")


def own_topic(topic: str) -> tuple[str, str] | None:
    """(device, position), `None` where it is another's topic."""
    found = _OWN.fullmatch(topic)
    if found is None or found[1] == "homeassistant" or not found[1].strip():
        return None
    return found[1][:150], found[2][:64]
