"""The spine: order, positions, trimming that never takes what somebody needs without saying so."""

import secrets

import pytest

from core.readings.journal_codec import JournalGap, decode_gap
from core.times import DAY_MS, MINUTE_MS
from store.database import Databases
from store.journal import journal

NOW = 1_800_000_000_000


def fill(dbs: Databases, ages: list[int]) -> None:
    with dbs.journal.write() as tx:
        for age in ages:
            journal.append(tx, NOW - age, journal.READINGS, b"[[],[]]")


def seqs(dbs: Databases) -> list[int]:
    with dbs.journal.read() as tx:
        return [row.seq for row in journal.read_after(tx, 0) if row.kind == journal.READINGS]


def passed(dbs: Databases, **followers: int) -> None:
    with dbs.journal.write() as tx:
        for name, seq in followers.items():
            journal.report_offset(tx, name, seq, NOW)


def test_it_reads_on_from_a_position_in_order(dbs: Databases) -> None:
    fill(dbs, [3, 2, 1])
    with dbs.journal.read() as tx:
        assert [row.seq for row in journal.read_after(tx, 1)] == [2, 3]
        assert [row.seq for row in journal.read_after(tx, 0, most=2)] == [1, 2]
        assert journal.last_seq(tx) == 3
        assert journal.last_received_at(tx) == NOW - 1


def test_a_sequence_never_goes_back_since_its_newest_row_stays(dbs: Databases) -> None:
    fill(dbs, [20 * MINUTE_MS, 20 * MINUTE_MS])
    passed(dbs, recorder=2, engine=2)
    with dbs.journal.write() as tx:
        assert journal.trim(tx, NOW) == 1
        assert journal.trim_by_force(tx, NOW, room_short=True) is None
        assert journal.last_seq(tx) == 2
    with dbs.journal.write() as tx:
        assert journal.append(tx, NOW, journal.READINGS, b"") == 3


def test_what_was_undone_leaves_no_gap_that_looks_like_a_loss(dbs: Databases) -> None:
    def undone() -> None:
        with dbs.journal.write() as tx:
            journal.append(tx, NOW, journal.READINGS, b"")
            raise KeyError

    with pytest.raises(KeyError):
        undone()
    fill(dbs, [1])
    assert seqs(dbs) == [1]


def test_it_knows_its_size_whatever_was_thrown_away(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        for _ in range(4):
            journal.append(tx, NOW - 9 * DAY_MS, journal.READINGS, secrets.token_bytes(1 << 20))
        journal.append(tx, NOW, journal.READINGS, b"")
    with dbs.journal.read() as tx:
        assert journal.larger_than(tx, 3 << 20)
        assert not journal.larger_than(tx, 5 << 20)
    with dbs.journal.write() as tx:
        journal.trim_by_force(tx, NOW, room_short=False)
    with dbs.journal.read() as tx:
        assert not journal.larger_than(tx, 3 << 20)


def test_trimming_waits_for_the_slowest_follower_and_a_quarter_of_an_hour(dbs: Databases) -> None:
    fill(dbs, [60 * MINUTE_MS, 50 * MINUTE_MS, 40 * MINUTE_MS, 1 * MINUTE_MS])
    passed(dbs, recorder=4)
    with dbs.journal.write() as tx:
        assert journal.trim(tx, NOW) == 0  # the engine has never said where it is
    passed(dbs, engine=2)
    with dbs.journal.write() as tx:
        assert journal.trim(tx, NOW) == 2
    passed(dbs, engine=4)
    with dbs.journal.write() as tx:
        assert journal.trim(tx, NOW) == 1
    assert seqs(dbs) == [4]


def test_trimming_takes_a_short_piece_of_large_rows(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "TRIM_BYTES", 20)
    fill(dbs, [60 * MINUTE_MS] * 10)
    passed(dbs, recorder=10, engine=10)
    with dbs.journal.write() as tx:
        assert [journal.trim(tx, NOW) for _ in range(4)] == [3, 3, 3, 0]


def test_what_is_older_than_a_week_goes_loudly(dbs: Databases) -> None:
    fill(dbs, [9 * DAY_MS, 8 * DAY_MS, 1 * DAY_MS])
    passed(dbs, recorder=3, engine=1)
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=False) == JournalGap(1, 2, "age")
    assert seqs(dbs) == [3]
    with dbs.journal.read() as tx:
        [gap] = journal.recent(tx, journal.GAP, 10)
        assert decode_gap(gap.body) == JournalGap(1, 2, "age")


def test_without_room_on_the_disk_the_oldest_piece_goes(dbs: Databases) -> None:
    fill(dbs, [5, 4, 3])
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=True) == JournalGap(1, 2, "disk")
    assert seqs(dbs) == [3]


def test_what_everybody_has_passed_goes_without_a_gap(dbs: Databases) -> None:
    fill(dbs, [9 * DAY_MS, 1])
    passed(dbs, recorder=1, engine=1)
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=False) is None
    assert seqs(dbs) == [2]
