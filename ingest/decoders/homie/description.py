"""What a device says of its properties: Homie 5 in one document, Homie 4 attribute by attribute."""

import re
from functools import lru_cache
from typing import Any

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import name
from ingest.decoders.free_names import fahrenheit_twins, metric_of, our_unit, switch_of

PROPERTIES = 500
_OPEN = {"open", "opened", "on", "开", "打开"}
_SAFE = re.compile(r"[^/+#$\0\ud800-\udfff]{1,64}")
_INDEXED = re.compile(r"(.+)_\d+")

Property = dict[str, Any]
"""`metric` ("" where it is none of ours), `unit`, `true`: what a door's `true` is; `told` where
nothing more is to be expected."""


def read(found: dict[str, Any]) -> dict[str, Any]:
    """A `$description`: the name, the root device and every property, by `node/property`."""
    said: dict[str, dict[str, str]] = {}
    nodes = found.get("nodes")
    for node, about in _entries(nodes):
        for key, prop in _entries(about.get("properties")):
            if len(said) < PROPERTIES:
                said[f"{node}/{key}"] = {
                    "name": f"{_text(about, 'name')} {_text(prop, 'name')}".strip(),
                    **{word: _text(prop, word) for word in ("unit", "datatype", "format")},
                    "settable": "true" if prop.get("settable") is True else "",
                }
    twins = fahrenheit_twins({path: each["unit"] for path, each in said.items()})
    return {
        "name": name(found.get("name")) or "",
        "root": _text(found, "root"),
        "properties": {
            path: _meaning(path, each) if path not in twins else {"metric": ""} for path, each in said.items()
        },
    }


def _entries(found: object) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(found, dict):
        return []
    return [(key, each) for key, each in found.items() if _SAFE.fullmatch(key) and isinstance(each, dict)]


def _text(found: dict[str, Any], key: str) -> str:
    said = found.get(key)
    return said.encode(errors="replace").decode()[:100] if isinstance(said, str) else ""


def learn(device: str, node: str, prop: str, attribute: str, said: str, memory: FamilyMemory) -> None:
    """Homie 4: an attribute of a property, kept with those of its node."""
    key = f"4:{device}/{node}"
    known: dict[str, dict[str, str]] = memory.get(key) or {}
    if prop in known or len(known) < PROPERTIES:
        memory.put(key, {**known, prop: {**known.get(prop, {}), attribute: said[:100]}})


def four(device: str, path: list[str], memory: FamilyMemory) -> Property:
    """A property of Homie 4 by what is known of it so far. `lights_2` is one of the array `lights`."""
    node, prop = path
    known = memory.get(f"4:{device}/{node}")
    if known is None:
        array = _INDEXED.fullmatch(node)
        known = memory.get(f"4:{device}/{array[1]}") if array else None
    said = known.get(prop) if known else None
    if said is None:
        return guess("/".join(path))
    if _is_twin(prop, known):
        return {"metric": "", "told": True}
    found = _meaning(f"{node}/{prop}", said)
    if not found["metric"] and "unit" not in said and "datatype" not in said:
        found = guess(f"{node}/{prop} {said.get('name', '')}")
    return {**found, "told": "unit" in said or said.get("datatype") not in (None, "float", "integer")}


def _is_twin(prop: str, node: dict[str, dict[str, str]]) -> bool:
    """Whether it says in °F what another property of the node says in °C."""
    if our_unit(node[prop].get("unit", "")).strip("°").lower() != "f":
        return False
    return prop in fahrenheit_twins({each: about.get("unit", "") for each, about in node.items()})


def _meaning(path: str, said: dict[str, str]) -> Property:
    """By its id and name together, and its unit. What can be set is a set point, not a measured value."""
    full = f"{path} {said.get('name', '')}"
    unit, kind = said.get("unit", ""), said.get("datatype", "")
    if kind in ("boolean", "enum"):
        return {"metric": switch_of(full) or "", "true": _true_means(full, said.get("format", ""))}
    if kind not in ("", "float", "integer", "string") or said.get("settable") == "true":
        return {"metric": ""}
    return {"metric": metric_of(full, unit) or "", "unit": unit}


@lru_cache(4096)
def guess(path: str) -> Property:
    """From its id alone, where the device has not said more (yet)."""
    metric = switch_of(path)
    if metric is not None:
        return {"metric": metric, "true": _true_means(path, ""), "told": False}
    return {"metric": metric_of(path, "") or "", "unit": "", "told": False}


def _true_means(full: str, labels: str) -> float:
    """1 where `true` is an open door: as the labels say (`closed,open`); a contact that makes is shut."""
    parts = [label.strip().lower() for label in labels.split(",")]
    if len(parts) == 2 and not _OPEN.isdisjoint(parts):
        return 1.0 if parts[1] in _OPEN else 0.0
    low = full.lower()
    return 0.0 if ("contact" in low or "reed" in low) and "door" not in low else 1.0
