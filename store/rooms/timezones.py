"""Time zones in which times are shown.

A room, its devices and its alerts use their site's zone. The federation's zone is used only for the
federation as a whole (papers over all rooms, lists of credentials, system issues). It is not a setting: it
is the zone of most rooms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from store.people.federation import TIMEZONE
from store.rooms.places import placements, rooms, sites


@dataclass(frozen=True, slots=True)
class Timezones:
    """IANA time zones: `federation`, by room id, and by device id (of its current placement)."""

    federation: str
    rooms: Mapping[int, str]
    devices: Mapping[str, str]

    def of_room(self, room: int | None) -> str:
        """The federation's zone for an unknown room."""
        return self.federation if room is None else self.rooms.get(room, self.federation)

    def of_device(self, device: str) -> str:
        """The federation's zone for a device without a placement."""
        return self.devices.get(device, self.federation)


def timezones(tx: Connection) -> Timezones:
    by_site = {site.id: site.timezone for site in sites(tx)}
    by_room = {room.id: by_site[room.site] for room in rooms(tx)}
    by_device = {placement.device: by_room[placement.room] for placement in placements(tx)}
    federation = _most_common(by_room.values()) or _most_common(by_site.values()) or TIMEZONE
    return Timezones(federation, by_room, by_device)


def federation_timezone(tx: Connection) -> str:
    return timezones(tx).federation


def _most_common(zones: Iterable[str]) -> str | None:
    """The most common zone; of equally common ones the first by name, independent of row order."""
    counts = Counter(zones)
    return min(counts, key=lambda zone: (-counts[zone], zone), default=None)
