"""A family for tests: `remembers/<device>/name` teaches a position and a topic, `/value` uses it."""

from collections.abc import Iterable

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import Command, DecodeContext, DecodedReport, Value

FILTERS = ("remembers/+/+",)


def decode(topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
    first, device, *rest = topic.split("/")
    if first == "learned":
        return [DecodedReport("learned", [Value("", "temperature", float(payload), None)])]
    if rest == ["name"]:
        context.memory.put(device, payload.decode())
        return []
    if rest == ["ask"]:
        context.commands.append(Command("say/again", b""))
        return []
    return [
        DecodedReport(device, [Value(context.memory.get(device) or "", "temperature", float(payload), None)])
    ]


def topics(memory: FamilyMemory) -> Iterable[str]:
    return (f"learned/{value}" for _, value in memory.items())
