"""Homie 4 and 5: bare values on `homie/<device>/<node>/<property>`, described by retained topics beside them.

    homie/shed-2/sht31/humidity            93.4        homie/shed-2/sht31/humidity/$unit   %
    homie/5/coldroom-3/climate/temperature -1.5        homie/5/coldroom-3/$description     {"nodes": ..}

`$state` says whether the device is online; an empty `$state`, that it was removed. The first level of
Homie 5 may be another word; the family learns those topics from the description. Source:
github.com/homieiot/convention.
"""

from collections.abc import Iterable

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.bodies import as_text, load_json_object
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.homie import description, values
from ingest.decoders.homie.states import decode_state

FILTERS = ("homie/#", "+/5/+/$state", "+/5/+/$description")

_ATTRIBUTES = {"$unit", "$datatype", "$name", "$format", "$settable"}


def topics(memory: FamilyMemory) -> Iterable[str]:
    """Topics of properties whose first level is not `homie`."""
    for key, value in memory.items():
        if key.startswith("5:") and not key.startswith("5:homie/"):
            domain, device = key[2:].split("/", 1)
            for path in value["properties"]:
                yield f"{domain}/5/{device}/{path}"


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    levels = topic.split("/")
    if len(levels) > 2 and levels[1] == "5":
        return _decode_homie5(levels[0], levels[2], levels[3:], payload, context)
    return _decode_homie4(levels[1] if len(levels) > 1 else "", levels[2:], payload, context)


def _decode_homie5(
    domain: str, device: str, rest: list[str], payload: bytes, context: DecodeContext
) -> list[DecodedReport]:
    if not device.strip() or device[0] == "$" or not rest:
        return []
    key = f"5:{domain}/{device}"
    if rest == ["$state"]:
        return decode_state(f"{domain}/{device}", device, as_text(payload), context, (key,))
    if not payload:
        return []
    if rest == ["$description"]:
        described = description.parse_description(load_json_object(payload))
        context.memory.put(key, described)
        report = DecodedReport(device, name=described["name"])
        for path, prop in described["properties"].items():
            values.add_held_value(report, f"{key}/{path}", path, prop, context)
        return [report]
    if len(rest) == 2 and rest[1][:1] not in ("", "$"):
        described = context.memory.get(key)
        path = "/".join(rest)
        prop = described["properties"].get(path) if described else description.guess_property(path)
        if prop is None:
            return []
        return values.decode_value(device, f"{key}/{path}", path, prop, payload, context)
    return []


def _decode_homie4(
    device: str, rest: list[str], payload: bytes, context: DecodeContext
) -> list[DecodedReport]:
    if not device.strip() or device[0] == "$" or not rest:
        return []
    if rest == ["$state"]:
        return decode_state(device, device, as_text(payload), context, (f"4:{device}",))
    if not payload:
        return []
    if rest == ["$online"]:
        return decode_state(
            device, device, {"true": "ready", "false": "lost"}.get(as_text(payload), "?"), context, ()
        )
    if rest == ["$name"]:
        return [DecodedReport(device, name=_short_text(payload))]
    if rest[0] == "$stats" and len(rest) == 2:
        return values.decode_stats(device, rest[1], payload)
    if len(rest) == 3 and rest[2] in _ATTRIBUTES and rest[0][:1] != "$" and rest[1][:1] != "$":
        return _learn_attribute(device, rest[0], rest[1], rest[2], _short_text(payload), context)
    if len(rest) == 2 and rest[0][:1] not in ("", "$") and rest[1][:1] not in ("", "$"):
        path = "/".join(rest)
        return values.decode_value(
            device,
            f"4:{device}/{path}",
            path,
            description.homie4_property(device, rest, context.memory),
            payload,
            context,
        )
    return []


def _short_text(payload: bytes) -> str:
    text = as_text(payload)
    if len(text) > 200 or not text.isprintable():
        raise DecodeError("wrong_value", text[:100])
    return text


def _learn_attribute(
    device: str, node: str, prop: str, attribute: str, value: str, context: DecodeContext
) -> list[DecodedReport]:
    """Learns one attribute of a property. Once its unit is known, adds the value that was held for it."""
    description.learn_attribute(device, node, prop, attribute[1:], value, context.memory)
    report = DecodedReport(device)
    if attribute == "$unit":
        prop_facts = description.homie4_property(device, [node, prop], context.memory)
        values.add_held_value(report, f"4:{device}/{node}/{prop}", f"{node}/{prop}", prop_facts, context)
    return [report]
