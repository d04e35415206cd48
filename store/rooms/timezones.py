"""By whose clock a time is shown.

A room, its devices and its alerts go by the time zone of their own site. Only what speaks for the whole
federation (papers over all rooms, lists of logins, the program's own faults) goes by the federation's zone.
No setting of the federation holds one; it is the zone in which most of its rooms stand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from store.people.federation import TIMEZONE
from store.rooms.places import placements, rooms, sites


@dataclass(frozen=True, slots=True)
class Timezones:
    """IANA names of time zones: `federation`, by room id, and by device id (where the device stands now)."""

    federation: str
    rooms: Mapping[int, str]
    devices: Mapping[str, str]

    def of_room(self, room: int | None) -> str:
        """The federation's where there is no such room."""
        return self.federation if room is None else self.rooms.get(room, self.federation)

    def of_device(self, device: str) -> str:
        """The federation's where the device stands nowhere."""
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
    """Of two as common the first by name, so that the order of rows decides nothing."""
    counts = Counter(zones)
    return min(counts, key=lambda zone: (-counts[zone], zone), default=None)
