"""Entries of a clock that was ahead begin when it was set right, not while it is known to be wrong."""

import pytest

from alerts import future_entry_watch
from alerts.future_entry_watch import FutureEntryWatch
from core.readings.journal_codec import Heartbeat, encode
from core.rooms.places import NewPlacement
from core.times import DAY_MS, HOUR_MS
from store.journal import journal
from store.rooms import places
from tests.alerts.village import T0, Village


def beat(village: Village, lead: int) -> None:
    with village.dbs.journal.write() as tx:
        journal.append(tx, T0, journal.HEARTBEAT, encode(Heartbeat(True, 0, lead)))


def starts(village: Village) -> int:
    with village.dbs.records.read() as tx:
        return next(place.valid_from for place in places.placements(tx) if place.device == "b")


def test_entries_begin_when_the_clock_is_right(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(future_entry_watch, "EVERY_S", 0.0)
    watch = FutureEntryWatch(village.dbs)
    with village.dbs.records.write() as tx:
        new = NewPlacement(device="b", position="", room=village.room, spot="back")
        places.place(tx, T0 + DAY_MS, new)
    beat(village, -HOUR_MS)
    watch.step(T0)
    assert starts(village) == T0 + DAY_MS, "now it is behind"
    beat(village, 0)
    watch.step(T0)
    assert starts(village) == T0
