"""Ids of the series, with limits per device and in total."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection

from store.journal import series

# more than a county has; a limit for a flood of made-up names. A bridge reports many sensors as one device.
SERIES_AT_MOST = 100_000
SERIES_OF_A_DEVICE = 2_000

SeriesKey = tuple[str, str, str]
"""(device, metric, position)"""


@dataclass(slots=True)
class NewSeries:
    """Series made in a transaction that is not committed yet."""

    ids: dict[SeriesKey, int] = field(default_factory=dict)
    per_device: Counter[str] = field(default_factory=Counter)


class SeriesRegistry:
    """`ids` holds every committed series."""

    def __init__(self, tx: Connection) -> None:
        self.ids: dict[SeriesKey, int] = {
            (row.device, row.metric, row.position): row.id for row in series.all_series(tx).values()
        }
        self._per_device = Counter(device for device, _, _ in self.ids)

    def make(self, tx: Connection, new: NewSeries, key: SeriesKey, now: int) -> int:
        """Makes a series that is not in `ids`. Returns its id, 0 if there are too many."""
        device = key[0]
        of_device = self._per_device[device] + new.per_device[device]
        if of_device >= SERIES_OF_A_DEVICE or len(self.ids) >= SERIES_AT_MOST:
            return 0
        number = new.ids[key] = series.get_or_make(tx, *key, now)
        new.per_device[device] += 1
        return number

    def add(self, new: NewSeries) -> None:
        """Call after the commit."""
        self.ids |= new.ids
        self._per_device.update(new.per_device)
