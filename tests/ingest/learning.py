"""A decoder family for tests that has to be told what a bare number means, as several real ones have."""

from collections.abc import Iterable

from core.errors import DecodeError
from ingest.decoder_memory import Memory
from ingest.decoders.contract import Command, Context, Report, Value

FILTERS = ("learn/+/means", "learn/+/gone", "learn/+/about")


def topics(memory: Memory) -> Iterable[str]:
    return [topic for topic, _ in memory.items()]


def decode(topic: str, payload: bytes, context: Context) -> list[Report]:
    """`learn/<device>/means` names the topic of its temperature, `learn/<device>/gone` takes it back."""
    known = context.memory.get(topic)
    if known is not None:
        return [Report(known, [Value("", "temperature", float(payload), None)])]
    _, device, what = topic.split("/")
    if what == "means":
        context.memory.put(payload.decode(), device)
        context.commands.append(Command(f"learn/{device}/ask", b"again"))
    elif what == "gone":
        context.memory.drop(payload.decode())
    elif payload == b"raw":
        return [Report(device, undecoded="needs_codec")]
    elif payload == b"removed":
        return [Report(device, removed=True)]
    elif payload == b"back":
        return [Report(device, online=True)]
    elif payload == b"refuse":
        context.memory.put("never", device)
        raise DecodeError("not_json")
    else:
        name, _, gateway = payload.decode().partition("@")
        return [Report(device, name=name, gateway=gateway)]
    return []
