"""Parses Home Assistant's discovery messages (`homeassistant/<kind>/../config`), which define bare values.

A message defines one entity, or a device with its components. Keys may be abbreviated, and `~` is a base
topic. Source: home-assistant.io, MQTT discovery; homeassistant/components/mqtt/abbreviations.py.
"""

import re
from collections.abc import Iterator
from typing import Any

from core.readings.units import converter
from ingest.decoders.bodies import clean_name
from ingest.decoders.esphome.identity import own_topic
from ingest.decoders.free_names import is_chips, is_measured, metric_of, our_unit, switch_of

COMPONENTS = 300
_SHORT = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "curr_hum_t": "current_humidity_topic",
    "curr_hum_tpl": "current_humidity_template",
    "curr_temp_t": "current_temperature_topic",
    "curr_temp_tpl": "current_temperature_template",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "obj_id": "object_id",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_t": "state_topic",
    "t": "topic",
    "temp_unit": "temperature_unit",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
_SHORT_DEVICE = {"ids": "identifiers", "cns": "connections", "mf": "manufacturer", "sw": "sw_version"}
_CLASSES = {
    "temperature": "temperature",
    "humidity": "humidity",
    "carbon_dioxide": "co2",
    "carbon_monoxide": "co",
    "illuminance": "light",
    "battery": "battery",
    "voltage": "voltage",
    "signal_strength": "signal",
    "energy": "energy",
    "atmospheric_pressure": "pressure",
    "pressure": "pressure",
}
_SWITCHES = {
    "door": "door",
    "garage_door": "door",
    "window": "door",
    "opening": "door",
    "plug": "power",
    "power": "power",
}
_TOPIC = re.compile(r"[^+#\0\ud800-\udfff]{1,400}")

Entity = dict[str, Any]
"""`c` config topic and key, `d` device, `p` position, `m` metric ("" if Coldshed does not use it), `u`
unit, `t` template, `n` the device's name; a yes/no value also has the words `on` and `off`."""


def parse_entities(
    config: str, fields: dict[str, Any]
) -> tuple[list[tuple[str, Entity]], dict[str, list[str]]]:
    """([(state topic, entity)], availability topic -> [online, offline, template]) of one config message."""
    levels = config.split("/")
    whole = _expanded(fields)
    parts = whole.get("components")
    states: list[tuple[str, Entity]] = []
    available: dict[str, list[str]] = {}
    if isinstance(parts, dict):
        shared = {key: item for key, item in whole.items() if key != "components"}
        for key, part in list(parts.items())[:COMPONENTS]:
            if isinstance(part, dict):
                merged = {**shared, **_expanded(part)}
                _add_component(config, str(merged.get("platform")), _clean(key)[:64], merged, states)
                available |= _availability(merged)
    else:
        kind = levels[-4] if len(levels) >= 4 and levels[-4] in _KINDS else levels[-3]
        _add_component(config, kind, levels[-2], whole, states)
        available = _availability(whole)
    return states, available if states else {}


_KINDS = ("sensor", "binary_sensor", "climate")


def _expanded(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with full keys and the base topic filled in."""
    whole = {_SHORT.get(key, key): item for key, item in fields.items()}
    base = whole.get("~")
    if isinstance(base, str):
        for key, item in whole.items():
            if key.endswith("topic") and isinstance(item, str):
                whole[key] = _with_base_topic(item, base)
        listed = whole.get("availability")
        if isinstance(listed, list):
            whole["availability"] = [
                _expanded({**item, "~": base}) for item in listed if isinstance(item, dict)
            ]
    return whole


def _with_base_topic(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _add_component(
    config: str, kind: str, key: str, fields: dict[str, Any], states: list[tuple[str, Entity]]
) -> None:
    if kind == "climate":
        for what in ("temperature", "humidity"):
            unit = _text(fields, "temperature_unit") if what == "temperature" else "%"
            reading = {"device_class": what, "unit_of_measurement": unit}
            _add_entity(
                config,
                "sensor",
                key,
                {
                    **fields,
                    **reading,
                    "state_topic": fields.get(f"current_{what}_topic"),
                    "value_template": fields.get(f"current_{what}_template"),
                },
                states,
            )
    elif kind in ("sensor", "binary_sensor"):
        _add_entity(config, kind, key, fields, states)


def _add_entity(
    config: str, kind: str, key: str, fields: dict[str, Any], states: list[tuple[str, Entity]]
) -> None:
    topic = fields.get("state_topic")
    if not isinstance(topic, str) or not _TOPIC.fullmatch(topic) or topic[0] == "$":
        return
    called = f"{key} {_text(fields, 'object_id')} {_text(fields, 'name')}"
    metric = _switch_metric(fields, called) if kind == "binary_sensor" else _sensor_metric(fields, called)
    if not metric or fields.get("entity_category") == "config":
        own = own_topic(topic)
        if own is not None:  # without this entity, its name would be decoded
            node, _ = own
            states.append((topic, {"c": f"{config}#{key}", "d": node, "p": "", "m": "", "u": "", "t": ""}))
        return
    facts = fields.get("device")
    device: dict[str, Any] = facts if isinstance(facts, dict) else {}
    device = {_SHORT_DEVICE.get(word, word): item for word, item in device.items()}
    ident, position = _identity(config, key, topic, fields, device)
    if not ident.strip():
        return
    entity: Entity = {
        "c": f"{config}#{key}",
        "d": ident,
        "p": position,
        "m": metric,
        "u": our_unit(_text(fields, "unit_of_measurement")),
        "t": _text(fields, "value_template", 600),
        "n": clean_name(device.get("name")) or "",
    }
    if kind == "binary_sensor":
        entity["on"] = _payload_word(fields.get("payload_on"), "on")
        entity["off"] = _payload_word(fields.get("payload_off"), "off")
    states.append((topic, entity))


def _sensor_metric(fields: dict[str, Any], called: str) -> str:
    unit = _text(fields, "unit_of_measurement")
    kind = _text(fields, "device_class")
    if not kind:
        metric = metric_of(called, unit) or ""
        return "" if metric == "temperature" and fields.get("entity_category") == "diagnostic" else metric
    metric = _CLASSES.get(kind, "")
    if not metric or not is_measured(called, metric):
        return ""
    if metric == "temperature" and (is_chips(called) or fields.get("entity_category") == "diagnostic"):
        return ""
    has_unit = converter(metric, our_unit(unit)) is not None
    return metric if has_unit or metric not in ("signal", "battery", "voltage") else ""


def _switch_metric(fields: dict[str, Any], called: str) -> str:
    kind = _text(fields, "device_class")
    return (_SWITCHES.get(kind) if kind else switch_of(called)) or ""


def _identity(
    config: str, key: str, topic: str, fields: dict[str, Any], device: dict[str, Any]
) -> tuple[str, str]:
    """(device, position): from an ESPHome topic, else from the device's and the entity's ids."""
    own = own_topic(topic)
    if own is not None and not _text(fields, "value_template"):
        return own
    status = fields.get("availability_topic")
    node, _ = own or ("", "")
    if not node and "esphome" in _text(device, "sw_version").lower() and isinstance(status, str):
        node = status.removesuffix("/status") if status.endswith("/status") else ""
    levels = config.split("/")
    node_id = levels[-3] if len(levels) >= 4 and levels[-4] in _KINDS else ""
    ident = node or next(_identifiers(device), "") or node_id or key
    for before in (f"{ident}_", f"{ident}-"):
        if key.startswith(before) and len(key) > len(before):
            key = key[len(before) :]
    return ident[:150], (clean_name(key) or "")


def _identifiers(device: dict[str, Any]) -> Iterator[str]:
    ids = device.get("identifiers")
    for item in ids if isinstance(ids, list) else [ids]:
        ident = clean_name(item)
        if ident:
            yield ident
    pairs = device.get("connections")
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and clean_name(pair[1]):
            yield clean_name(pair[1]) or ""
    if clean_name(device.get("name")):
        yield clean_name(device.get("name")) or ""


def _availability(fields: dict[str, Any]) -> dict[str, list[str]]:
    listed = fields.get("availability")
    several = (
        [_expanded(item) for item in listed[:10] if isinstance(item, dict)]
        if isinstance(listed, list)
        else []
    )
    single = {
        "topic": fields.get("availability_topic"),
        "value_template": fields.get("availability_template"),
    }
    topics = {}
    for item in [*several, {**fields, **single}]:
        topic = item.get("topic")
        if isinstance(topic, str) and _TOPIC.fullmatch(topic) and topic[0] != "$":
            present = _payload_word(item.get("payload_available"), "online")
            gone = _payload_word(item.get("payload_not_available"), "offline")
            topics[topic] = [present, gone, _text(item, "value_template", 600)]
    return topics


def _payload_word(raw: object, otherwise: str) -> str:
    """The payload in lower case, as it is compared."""
    if isinstance(raw, bool | int | float):
        return str(raw).lower()
    return _clean(raw)[:64].strip().lower() if isinstance(raw, str) else otherwise


def _text(fields: dict[str, Any], key: str, most: int = 100) -> str:
    raw = fields.get(key)
    return _clean(raw)[:most].strip() if isinstance(raw, str) else ""


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()
