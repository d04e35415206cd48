"""A decoder family for tests that has to be told what a bare number means, as several real ones have."""

from collections.abc import Iterable

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import Command, DecodeContext, DecodedReport, Value

FILTERS = ("learn/+/means", "learn/+/gone", "learn/+/about")


def topics(memory: FamilyMemory) -> Iterable[str]:
    return [topic for topic, _ in memory.items()]


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    """`learn/<device>/means` names the topic of its temperature, `learn/<device>/gone` takes it back."""
    metric = context.memory.get(topic)
    if metric is not None:
        return [DecodedReport(metric, [Value("", "temperature", float(payload), None)])]
    _, device, what = topic.split("/")
    if what == "means":
        context.memory.put(payload.decode(), device)
        context.commands.append(Command(f"learn/{device}/ask", b"again"))
    elif what == "gone":
        context.memory.drop(payload.decode())
    elif payload == b"raw":
        return [DecodedReport(device, undecoded="needs_codec")]
    elif payload == b"removed":
        return [DecodedReport(device, removed=True)]
    elif payload == b"back":
        return [DecodedReport(device, online=True)]
    elif payload == b"refuse":
        context.memory.put("never", device)
        raise DecodeError("not_json")
    else:
        name, _, gateway = payload.decode().partition("@")
        return [DecodedReport(device, name=name, gateway=gateway)]
    return []
