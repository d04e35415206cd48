"""Descriptions of properties: Homie 5 sends one document, Homie 4 one topic per attribute."""

import re
from functools import lru_cache
from typing import Any

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import clean_name
from ingest.decoders.free_names import fahrenheit_twins, metric_of, our_unit, switch_of

PROPERTIES = 500
_OPEN = {"open", "opened", "on", "开", "打开"}
_SAFE = re.compile(r"[^/+#$\0\ud800-\udfff]{1,64}")
_INDEXED = re.compile(r"(.+)_\d+")

Property = dict[str, Any]
"""`metric` ("" if Coldshed does not use it), `unit`, `true` (the value of a door's `true`), and `is_final`
(no further attribute can change the meaning)."""


def parse_description(body: dict[str, Any]) -> dict[str, Any]:
    """Parses a `$description`: the name, the root device and every property by `node/property`."""
    attributes: dict[str, dict[str, str]] = {}
    nodes = body.get("nodes")
    for node, facts in _entries(nodes):
        for key, prop in _entries(facts.get("properties")):
            if len(attributes) < PROPERTIES:
                attributes[f"{node}/{key}"] = {
                    "name": f"{_text(facts, 'name')} {_text(prop, 'name')}".strip(),
                    **{word: _text(prop, word) for word in ("unit", "datatype", "format")},
                    "settable": "true" if prop.get("settable") is True else "",
                }
    twins = fahrenheit_twins({path: item["unit"] for path, item in attributes.items()})
    return {
        "name": clean_name(body.get("name")) or "",
        "root": _text(body, "root"),
        "properties": {
            path: _meaning(path, item) if path not in twins else {"metric": ""}
            for path, item in attributes.items()
        },
    }


def _entries(body: object) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(body, dict):
        return []
    return [(key, item) for key, item in body.items() if _SAFE.fullmatch(key) and isinstance(item, dict)]


def _text(body: dict[str, Any], key: str) -> str:
    text = body.get(key)
    return text.encode(errors="replace").decode()[:100] if isinstance(text, str) else ""


def learn_attribute(
    device: str, node: str, prop: str, attribute: str, value: str, memory: FamilyMemory
) -> None:
    """Stores an attribute of a Homie 4 property with those of its node."""
    key = f"4:{device}/{node}"
    attributes: dict[str, dict[str, str]] = memory.get(key) or {}
    if prop in attributes or len(attributes) < PROPERTIES:
        memory.put(key, {**attributes, prop: {**attributes.get(prop, {}), attribute: value[:100]}})


def homie4_property(device: str, path: list[str], memory: FamilyMemory) -> Property:
    """A Homie 4 property by the attributes received so far. `lights_2` is an element of the array
    `lights`."""
    node, prop = path
    node_attributes = memory.get(f"4:{device}/{node}")
    if node_attributes is None:
        array = _INDEXED.fullmatch(node)
        node_attributes = memory.get(f"4:{device}/{array[1]}") if array else None
    attributes = node_attributes.get(prop) if node_attributes else None
    if attributes is None:
        return guess_property("/".join(path))
    if _is_twin(prop, node_attributes):
        return {"metric": "", "is_final": True}
    meaning = _meaning(f"{node}/{prop}", attributes)
    if not meaning["metric"] and "unit" not in attributes and "datatype" not in attributes:
        meaning = guess_property(f"{node}/{prop} {attributes.get('name', '')}")
    return {
        **meaning,
        "is_final": "unit" in attributes or attributes.get("datatype") not in (None, "float", "integer"),
    }


def _is_twin(prop: str, node: dict[str, dict[str, str]]) -> bool:
    """Whether the property repeats in °F a property that the node also has in °C."""
    if our_unit(node[prop].get("unit", "")).strip("°").lower() != "f":
        return False
    return prop in fahrenheit_twins({item: facts.get("unit", "") for item, facts in node.items()})


def _meaning(path: str, attributes: dict[str, str]) -> Property:
    """The property by its id, name and unit. A settable one is a set point, not a measured value."""
    full = f"{path} {attributes.get('name', '')}"
    unit, kind = attributes.get("unit", ""), attributes.get("datatype", "")
    if kind in ("boolean", "enum"):
        return {"metric": switch_of(full) or "", "true": _value_of_true(full, attributes.get("format", ""))}
    if kind not in ("", "float", "integer", "string") or attributes.get("settable") == "true":
        return {"metric": ""}
    return {"metric": metric_of(full, unit) or "", "unit": unit}


@lru_cache(4096)
def guess_property(path: str) -> Property:
    """The property by its id alone, as long as no attribute has come."""
    metric = switch_of(path)
    if metric is not None:
        return {"metric": metric, "true": _value_of_true(path, ""), "is_final": False}
    return {"metric": metric_of(path, "") or "", "unit": "", "is_final": False}


def _value_of_true(full: str, labels: str) -> float:
    """1 if `true` means an open door, by the labels (`closed,open`). A closed contact means a shut door."""
    parts = [label.strip().lower() for label in labels.split(",")]
    if len(parts) == 2 and not _OPEN.isdisjoint(parts):
        return 1.0 if parts[1] in _OPEN else 0.0
    low = full.lower()
    return 0.0 if ("contact" in low or "reed" in low) and "door" not in low else 1.0
