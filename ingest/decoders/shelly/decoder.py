"""Shelly: generation 1 below `shellies/`, generation 2 and later below the device's id or a configured
prefix.

    shellies/<id>/sensor/temperature        3.25                                        (gen1.py)
    <id>/events/rpc                         {"src", "method": "NotifyStatus", "params"} (gen2.py)
    <id>/status/temperature:0               {"id": 0, "tC": 2.6, "tF": 36.7}
    <id>/online                             true, false
    shelly-blu/events/<mac>                 a Bluetooth packet, from a script           (blu.py)

Source: shelly-api-docs.shelly.cloud (gen1 MQTT; gen2 MQTT, Notifications, components).
"""

from core.errors import DecodeError
from ingest.decoders.bodies import as_text, load_json_object
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.shelly import blu, gen1, gen2

_EVENTS, _ONLINE, _STATUS = "/events/rpc", "/online", "/status/"
FILTERS = (
    "shellies/#",
    *(f"{levels}{_EVENTS}" for levels in ("+", "+/+", "+/+/+")),
    "+/online",
    *(f"{levels}{_STATUS}{component}" for levels in ("+", "+/+") for component in gen2.TOPICS),
    "shelly-blu/events/+",
    f"{blu.REPLIES}/rpc",
)
QUIET = (
    "+/debug/log",
    "+/events/ble",
    "shelly-blu/#",
    *(f"+/status/{what}" for what in ("sys", "ble", "cloud", "mqtt", "ws", "ht_ui", "bthome", "matter")),
    *(f"+/status/input:{number}" for number in (0, 1, 2, 3, 100, 101, 102)),
)

_TRUE_FALSE = {"true": True, "false": False}


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    if not payload:
        return []
    if topic.endswith(_EVENTS):
        return gen2.decode_notification(topic[: -len(_EVENTS)], load_json_object(payload), context)
    prefix, status, component = topic.rpartition(_STATUS)
    if status and component in gen2.NAMES:
        return gen2.decode_status(prefix, component, load_json_object(payload), context)
    if topic.endswith(_ONLINE):
        return gen2.decode_online(topic[: -len(_ONLINE)], _online(payload), context)
    if topic.startswith("shellies/"):
        return gen1.decode(topic.removeprefix("shellies/"), payload, context)
    if topic.startswith("shelly-blu/"):
        return blu.decode_published(load_json_object(payload), context)
    blu.learn_components(load_json_object(payload), context.memory)
    return []


def _online(payload: bytes) -> bool:
    word = as_text(payload).lower()
    is_online = _TRUE_FALSE.get(word)
    if is_online is None:
        raise DecodeError("unknown_topic", word[:100])  # other firmware uses `x/online` too
    return is_online
