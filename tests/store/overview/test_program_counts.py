"""What `/metrics` counts."""

from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Reading
from store.database import Databases
from store.decoding import rejected
from store.journal import journal, latest, series
from store.overview.program_counts import journal_counts, record_counts

NOW = 1_768_360_786_000


def test_an_empty_house_counts_nothing_and_knows_no_times(dbs: Databases) -> None:
    with dbs.journal.read() as tx:
        counts = journal_counts(tx)
    assert (counts.last_seq, counts.series, counts.rejected) == (0, 0, 0)
    assert (counts.heartbeat_at, counts.reading_received_at, dict(counts.rows_behind)) == (None, None, {})
    with dbs.records.read() as tx:
        assert record_counts(tx) == (0, 0, 0)


def test_what_came_in_is_counted_with_its_times(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        readings = [
            Reading(series.get_or_make(tx, device, "temperature", "", NOW), NOW, 4.0, 0)
            for device in ("a", "b")
        ]
        latest.put(tx, NOW + 5, readings)
        journal.append(tx, NOW + 5, journal.READINGS, batch_body(readings, []))
        journal.append(tx, NOW + 9, journal.HEARTBEAT, encode(Heartbeat(True)))
        for _ in range(3):
            rejected.add_rejected(tx, NOW, "x", "not_json", "", b"hello")
    with dbs.journal.read() as tx:
        counts = journal_counts(tx)
    assert (counts.last_seq, counts.series, counts.rejected) == (2, 2, 3)
    assert (counts.reading_received_at, counts.heartbeat_at) == (NOW + 5, NOW + 9)
