"""Devices: what each probe says now and where it stands; new ones first, the warmest on top."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.by_hand import room_of
from core.places import Placement
from core.readings import MINUTE
from store.calibrations import Corrections
from store.devices import Device, devices
from store.newest import Newest, newest
from store.places import Room
from web.words import Words

QUIET = 30 * MINUTE
ROOM_METRICS = ("temperature", "humidity", "co2", "co")


@dataclass(frozen=True, slots=True)
class Probe:
    """A device's probe as one line. `room` and `spot` are empty while it stands nowhere."""

    device: str
    position: str
    family: str
    says: Sequence[str]
    at: int
    age: str
    quiet: bool
    battery: str
    signal: str
    room: str
    spot: str
    room_id: int
    temperature: float | None


def probes(
    journal: Connection,
    words: Words,
    now: int,
    standing: Sequence[Placement],
    places: dict[int, Room],
    known: Corrections,
) -> tuple[list[Probe], list[Probe]]:
    """(standing nowhere yet, warmest first so that the one in the hand rises; placed, quiet ones first)."""
    hardware = {device.id: device for device in devices(journal)}
    values: dict[tuple[str, str], list[Newest]] = {}
    shared: dict[str, list[Newest]] = {}
    for value in newest(journal, known):
        values.setdefault((value.device, value.position), []).append(value)
        shared.setdefault(value.device, []).append(value)
    at = {(placement.device, placement.position): placement for placement in standing}
    found = [
        _probe(
            hardware.get(device),
            device,
            position,
            mine,
            shared[device],
            at.get((device, position)),
            places,
            words,
            now,
        )
        for (device, position), mine in values.items()
        if any(value.metric in ROOM_METRICS for value in mine) and room_of(device) is None
    ]
    loose = [one for one in found if not one.room_id]
    placed = [one for one in found if one.room_id]
    loose.sort(
        key=lambda one: (one.quiet, -(one.temperature if one.temperature is not None else -99), one.device)
    )
    placed.sort(key=lambda one: (not one.quiet, one.room_id, one.spot))
    return loose, placed


def _probe(
    known: Device | None,
    device: str,
    position: str,
    mine: Sequence[Newest],
    all_of_it: Sequence[Newest],
    placement: Placement | None,
    places: dict[int, Room],
    words: Words,
    now: int,
) -> Probe:
    shown = sorted((v for v in mine if v.metric in ROOM_METRICS), key=lambda v: ROOM_METRICS.index(v.metric))
    last = max(value.received_at for value in mine)
    quiet = now - last > QUIET
    battery = next((v.value for v in all_of_it if v.metric == "battery"), None)
    signal = next((v.value for v in all_of_it if v.metric == "signal"), None)
    return Probe(
        device=device,
        position=position,
        family=known.family if known else "",
        says=[words.measured(value.metric, value.value) for value in shown],
        at=last,
        age=words("%(long)s没数", long=words.long(now - last)) if quiet else words.age(max(0, now - last)),
        quiet=quiet,
        battery=words("电池%(n)s%%", n=round(battery)) if battery is not None else "",
        signal=words("信号%(n)s", n=words.figure(signal, 0)) if signal is not None else "",
        room=places[placement.room].name if placement and placement.room in places else "",
        spot=words.spot(placement.spot) if placement else "",
        room_id=placement.room if placement else 0,
        temperature=next((v.value for v in mine if v.metric == "temperature"), None),
    )
