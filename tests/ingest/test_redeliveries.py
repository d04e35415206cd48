"""Which messages are repetitions, and how they were stored."""

from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from ingest.redeliveries import Redeliveries, checksum
from store.database import Databases
from store.journal import journal

NOW = 1_800_000_000_000
LATE = int(Flag.LATE)


def test_only_the_same_message_under_the_same_packet_id_is_a_repetition() -> None:
    redeliveries = Redeliveries()
    digest = checksum(b"shed/temp", b"3.5")
    redeliveries.remember(1, [(7, digest)])
    assert redeliveries.is_repeated(7, digest)
    assert not redeliveries.is_repeated(8, digest)
    assert not redeliveries.is_repeated(7, checksum(b"shed/temp", b"3.6"))


def test_what_the_broker_knows_to_be_acknowledged_is_not_repeated() -> None:
    redeliveries = Redeliveries()
    redeliveries.remember(1, [(7, 70)])
    redeliveries.remember(2, [(8, 80)])
    redeliveries.on_confirmed(1)
    assert not redeliveries.is_repeated(7, 70)
    assert redeliveries.is_repeated(8, 80)


def test_a_reading_delivered_again_keeps_the_flags_of_its_first_delivery(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, NOW, journal.READINGS, batch_body([Reading(1, NOW, 3.5)], []))
    redeliveries = Redeliveries()
    with dbs.journal.read() as tx:
        assert redeliveries.flags_as_stored(tx, 1, NOW, 3.5, LATE) == 0
        assert redeliveries.flags_as_stored(tx, 1, NOW, 4.5, LATE) == LATE
        assert redeliveries.flags_as_stored(tx, 2, NOW, 3.5, LATE) == LATE
