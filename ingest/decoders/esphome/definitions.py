"""The family's memory of definitions: entities by state topic, devices by availability topic."""

from typing import Any

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.esphome import states
from ingest.decoders.esphome.discovery import Entity, parse_entities
from ingest.decoders.free_names import fahrenheit_twins

ENTITIES_OF_A_TOPIC = 200
DEFINITIONS_OF_A_DEVICE = 500
_OTHER_FAMILIES = (
    "zigbee2mqtt/",
    "shellies/",
    "homie/",
    "spBv1.0/",
    "ruuvi/",
    "coldshed/",
    "tele/",
    "stat/",
)
"""Topics of other families, which the router would not route here in any case."""


def learn_definition(config: str, fields: dict[str, Any], context: DecodeContext) -> list[DecodedReport]:
    """Replaces the definition of a config topic, and decodes the states that were held for it."""
    memory = context.memory
    new, available = parse_entities(config, fields)
    new = [(topic, entity) for topic, entity in new if not topic.startswith(_OTHER_FAMILIES)]
    available = available if new else {}
    before = memory.get(f"c:{config}")
    if before is None and not new:
        return []
    by_topic: dict[str, list[Entity]] = {}
    for topic, entity in new:
        by_topic.setdefault(topic, []).append(entity)
    for topic in dict.fromkeys([*(before["t"] if before else ()), *by_topic]):
        _put_entities(f"t:{topic}", config, by_topic.get(topic, []), memory)
    devices = {entity["d"] for _, entity in new}
    was = set(before["d"]) if before else set()
    for device in sorted(devices | was):
        _set_ownership(device, config, device in devices, memory)
    if new:
        memory.put(f"c:{config}", {"t": sorted(by_topic), "a": sorted(available), "d": sorted(devices)})
    else:
        memory.drop(f"c:{config}")
    for topic in dict.fromkeys([*(before["a"] if before else ()), *available]):
        current = devices if topic in available else set()
        _put_availability(topic, was, current, available.get(topic), memory)
    if not new:
        return _removed_reports(was, memory)
    return [report for topic in by_topic for report in states.decode_held(topic, context)]


def forget_definition(config: str, memory: FamilyMemory) -> list[DecodedReport]:
    """Deletes the definition that an empty message withdraws. A device without any definition is removed."""
    before = memory.get(f"c:{config}")
    if before is None:
        return []
    memory.drop(f"c:{config}")
    for topic in before["t"]:
        _put_entities(f"t:{topic}", config, [], memory)
    for device in before["d"]:
        _set_ownership(device, config, False, memory)
    for topic in before["a"]:
        _put_availability(topic, set(before["d"]), set(), None, memory)
    return _removed_reports(set(before["d"]), memory)


def _set_ownership(device: str, config: str, defines: bool, memory: FamilyMemory) -> None:
    """Adds or removes a config topic in the list of a device's definitions."""
    configs: list[str] = memory.get(f"o:{device}") or []
    if (config in configs) == defines or (defines and len(configs) >= DEFINITIONS_OF_A_DEVICE):
        return
    left = [*configs, config] if defines else [item for item in configs if item != config]
    if left:
        memory.put(f"o:{device}", left)
    else:
        memory.drop(f"o:{device}")


def _removed_reports(devices: set[str], memory: FamilyMemory) -> list[DecodedReport]:
    """Reports the devices without any definition as removed, if they had sent values."""
    reports = []
    for device in sorted(devices):
        if memory.get(f"o:{device}") is None and memory.get(f"d:{device}") is not None:
            memory.drop(f"d:{device}")
            reports.append(DecodedReport(device, removed=True))
    return reports


def _put_entities(key: str, config: str, new: list[Entity], memory: FamilyMemory) -> None:
    """Replaces a definition's entities in place, so that a repeated definition changes nothing."""
    begins = f"{config}#"
    fresh = {entity["c"] + entity["m"]: entity for entity in new}
    entities: list[Entity] = []
    for entity in memory.get(key) or []:
        if not entity["c"].startswith(begins):
            entities.append(entity)
        elif entity["c"] + entity["m"] in fresh:
            entities.append(fresh.pop(entity["c"] + entity["m"]))
    entities = [*entities, *fresh.values()][:ENTITIES_OF_A_TOPIC]
    if not entities:
        memory.drop(key)
        return
    celsius_too = fahrenheit_twins({item["p"]: item["u"] for item in entities if item["m"] == "temperature"})
    memory.put(key, [{**item, "x": item["p"] in celsius_too} for item in entities])


def _put_availability(
    topic: str, before: set[str], devices: set[str], words: list[str] | None, memory: FamilyMemory
) -> None:
    kept: dict[str, list[str]] = dict(memory.get(f"a:{topic}") or {})
    for device in before - devices:
        if not _is_still_defined(topic, device, memory):
            kept.pop(device, None)
    if words is not None:
        for device in sorted(devices):
            if device in kept or len(kept) < ENTITIES_OF_A_TOPIC:
                kept[device] = words
    if kept:
        memory.put(f"a:{topic}", kept)
    else:
        memory.drop(f"a:{topic}")


def _is_still_defined(topic: str, device: str, memory: FamilyMemory) -> bool:
    """Whether another definition gives this device the same availability topic."""
    others = (memory.get(f"c:{config}") for config in memory.get(f"o:{device}") or ())
    return any(other is not None and topic in other["a"] for other in others)
