"""Decodes `$state`, whether a device is online. When the root of a tree is lost, all devices below it are."""

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport

_ONLINE = {"ready": True, "alert": True, "sleeping": True, "disconnected": False, "lost": False}
"""`init` means neither online nor offline."""


def decode_state(
    ident: str, device: str, word: str, context: DecodeContext, described: tuple[str, ...]
) -> list[DecodedReport]:
    """`ident` is unique; `described` are the memory keys of the device's descriptions. Raises DecodeError
    (wrong_value)."""
    memory = context.memory
    if not word:
        for key in [f"state:{ident}", *described, *_node_keys(memory, described)]:
            memory.drop(key)
        return [DecodedReport(device, removed=True)]
    if word == "init":
        return []
    online = _ONLINE.get(word)
    if online is None:
        raise DecodeError("wrong_value", word[:100])
    before = memory.get(f"state:{ident}")
    memory.put(f"state:{ident}", word)
    reports = [DecodedReport(device, online=online)]
    if "/" in ident and (word == "lost") != (before == "lost"):
        reports += _child_reports(ident, lost=word == "lost", memory=memory)
    return reports


def _node_keys(memory: FamilyMemory, described: tuple[str, ...]) -> list[str]:
    """The memory keys of a Homie 4 device's nodes."""
    begin = tuple(f"{key}/" for key in described if key.startswith("4:"))
    return [key for key, _ in memory.items() if key.startswith(begin)] if begin else []


def _child_reports(ident: str, *, lost: bool, memory: FamilyMemory) -> list[DecodedReport]:
    """Reports of the devices below a root. Their own `$state` stays remembered."""
    domain, _, root = ident.rpartition("/")
    below = f"5:{domain}/"
    reports = []
    for key, value in memory.items():
        if key.startswith(below) and value["root"] == root:
            child = key[len(below) :]
            own = memory.get(f"state:{domain}/{child}")
            if own is not None:
                reports.append(DecodedReport(child, online=not lost and _ONLINE[own]))
    return reports
