"""ESPHome, and every other firmware with Home Assistant's MQTT discovery.

    coldroom3/sensor/evaporator_temperature/state   -21.4
    homeassistant/sensor/coldroom3/evaporator_temperature/config   {"dev_cla": "temperature", ..}
    coldroom3/status   online

A bare value's metric comes from its definition; without a definition, from its name. The family learns the
topics that definitions name. Source: esphome.io MQTT component; home-assistant.io MQTT discovery.
"""

from collections.abc import Iterable

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import load_json_object, parse_online
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.esphome import definitions, states
from ingest.decoders.esphome.identity import own_topic

_PREFIXES = ("+", "+/+", "+/+/+")
FILTERS = (
    "homeassistant/+/+/config",
    "homeassistant/+/+/+/config",
    *(f"+/{kind}/+/config" for kind in ("sensor", "binary_sensor", "climate", "device")),
    *(f"+/{kind}/+/+/config" for kind in ("sensor", "binary_sensor", "climate")),
    *(f"{prefix}/{kind}/+/state" for prefix in _PREFIXES for kind in ("sensor", "binary_sensor")),
    "+/sensor/+",
    "+/status",
)
QUIET = (
    "homeassistant/#",
    *(f"+/{kind}/+/{what}" for kind in ("switch", "light", "fan") for what in ("state", "command")),
    "+/debug",
    "esphome/discover/#",
)


def topics(memory: FamilyMemory) -> Iterable[str]:
    for key, _ in memory.items():
        if key.startswith(("t:", "a:")):
            yield key[2:]


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    memory = context.memory
    entities = memory.get(f"t:{topic}")
    if entities:
        return states.decode_defined(entities, payload, context) if payload else []
    devices = memory.get(f"a:{topic}")
    if devices:
        return states.decode_availability(devices, payload) if payload else []
    if topic.endswith("/config"):
        if not payload:
            return definitions.forget_definition(topic, memory)
        return definitions.learn_definition(topic, load_json_object(payload), context)
    if not payload:
        return []
    if topic.endswith("/status") and topic.count("/") == 1:
        return _status(topic, payload)
    own = own_topic(topic)
    if own is None:
        return []
    return states.decode_undefined(topic, *own, payload, context)


def _status(topic: str, payload: bytes) -> list[DecodedReport]:
    """Decodes `<device>/status`. Home Assistant's own status is ignored; an unknown text raises
    DecodeError (unknown_topic), because other programs publish on such topics too."""
    device = topic.removesuffix("/status")
    if not device.strip() or device == "homeassistant":
        return []
    try:
        return [DecodedReport(device[:150], online=parse_online(payload))]
    except DecodeError:
        raise DecodeError("unknown_topic") from None
