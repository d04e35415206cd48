"""The description of a demo federation: people, sites, rooms, goods and devices. Plain data."""

from dataclasses import dataclass, field

from simulators.cold_room import ColdRoom
from simulators.shed import Shed


@dataclass(frozen=True)
class DemoVillage:
    name: str
    code: str


@dataclass(frozen=True)
class DemoCooperative:
    name: str
    village: str


@dataclass(frozen=True)
class DemoSite:
    name: str
    village: str


@dataclass(frozen=True)
class DemoGoods:
    produce: str
    cooperative: str
    kg: float
    bags: int | None = None
    variety: str = ""
    days: float = 30  # days in storage


@dataclass(frozen=True)
class DemoProbe:
    """`position` is the device's name for the probe; `kind` is a key of `simulators.sensors.KINDS`."""

    position: str
    spot: str
    kind: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class DemoDevice:
    """`form` is its message format, a key of `simulators.devices.FORMS`."""

    id: str
    form: str
    probes: tuple[DemoProbe, ...]
    every_s: int = 20


@dataclass(frozen=True)
class DemoRoom:
    name: str
    site: str
    kind: str  # cold_room | mushroom_shed
    model: ColdRoom | Shed
    devices: tuple[DemoDevice, ...]
    capacity_t: float | None = None
    use: str | None = None
    goods: tuple[DemoGoods, ...] = ()
    empty: bool = False
    openings_per_day: float = 4.0
    opening_s: float = 240.0
    opening_share: float = 0.1  # share of the door's full flow past the strip curtain
    busy: str = ""


@dataclass(frozen=True)
class DemoPerson:
    name: str
    role: str
    phone: str
    username: str = ""
    cooperative: str = ""
    village: str = ""
    sites: tuple[str, ...] = ()  # sites where the person is on duty


@dataclass(frozen=True)
class DemoFederation:
    name: str
    signature: str
    villages: tuple[DemoVillage, ...]
    cooperatives: tuple[DemoCooperative, ...]
    sites: tuple[DemoSite, ...]
    rooms: tuple[DemoRoom, ...]
    people: tuple[DemoPerson, ...]
    hasty: dict[str, int] = field(default_factory=dict)
    """Room -> delay (s) that the demo sets so that an alert can be seen soon."""

    def room(self, name: str) -> DemoRoom:
        return next(room for room in self.rooms if room.name == name)
