"""Ids of the series, with limits per device, per login and in total."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.devices.login_shares import SERIES_AT_MOST, series_at_most
from store.devices.devices import NO_LOGINS
from store.journal import series

SERIES_OF_A_DEVICE = 2_000
"""A bridge reports many sensors as one device."""

SeriesKey = tuple[str, str, str]
"""(device, metric, position)"""


@dataclass(slots=True)
class NewSeries:
    """Series made in a transaction that is not committed yet."""

    ids: dict[SeriesKey, int] = field(default_factory=dict)
    per_device: Counter[str] = field(default_factory=Counter)
    per_login: Counter[str] = field(default_factory=Counter)


class SeriesRegistry:
    """`ids` holds every committed series. `logins`: who made each device."""

    def __init__(self, tx: Connection, logins: Mapping[str, str] = NO_LOGINS) -> None:
        self.ids: dict[SeriesKey, int] = {
            (row.device, row.metric, row.position): row.id for row in series.all_series(tx).values()
        }
        self._per_device = Counter(device for device, _, _ in self.ids)
        self._logins = logins
        self._per_login = Counter(logins.get(device, "") for device, _, _ in self.ids)

    def make(
        self,
        tx: Connection,
        new: NewSeries,
        key: SeriesKey,
        now: int,
        new_logins: Mapping[str, str] = NO_LOGINS,
    ) -> int:
        """Makes a series that is not in `ids`. `new_logins`: of devices that are not committed yet. Returns
        its id, 0 if there are too many."""
        device = key[0]
        login = self._logins.get(device) or new_logins.get(device, "")
        of_device = self._per_device[device] + new.per_device[device]
        if of_device >= SERIES_OF_A_DEVICE or len(self.ids) >= SERIES_AT_MOST:
            return 0
        if login and self._per_login[login] + new.per_login[login] >= series_at_most(login):
            return 0
        number = new.ids[key] = series.get_or_make(tx, *key, now)
        new.per_device[device] += 1
        new.per_login[login] += 1
        return number

    def forget(self, forgotten: Collection[str]) -> None:
        """Call with devices that were deleted, before `logins` forgets them."""
        gone = [key for key in self.ids if key[0] in forgotten]
        for key in gone:
            del self.ids[key]
            self._per_login[self._logins.get(key[0], "")] -= 1
        for device in forgotten:
            self._per_device.pop(device, None)

    def add(self, new: NewSeries) -> None:
        """Call after the commit."""
        self.ids |= new.ids
        self._per_device.update(new.per_device)
        self._per_login.update(new.per_login)
