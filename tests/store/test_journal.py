"""The spine: order, positions, trimming that never takes what somebody needs without saying so."""

import pytest

from core.batches import Gap, decode_gap
from core.readings import DAY, MINUTE
from store import journal
from store.database import Databases

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
            journal.report_position(tx, name, seq, NOW)


def test_it_reads_on_from_a_position_in_order(dbs: Databases) -> None:
    fill(dbs, [3, 2, 1])
    with dbs.journal.read() as tx:
        assert [row.seq for row in journal.read_after(tx, 1)] == [2, 3]
        assert [row.seq for row in journal.read_after(tx, 0, most=2)] == [1, 2]
        assert journal.last_seq(tx) == 3
        assert journal.last_received_at(tx) == NOW - 1


def test_a_sequence_never_goes_back_even_when_all_rows_are_gone(dbs: Databases) -> None:
    fill(dbs, [20 * MINUTE])
    passed(dbs, recorder=1, engine=1)
    with dbs.journal.write() as tx:
        assert journal.trim(tx, NOW) == 1
        assert journal.last_seq(tx) == 1
        assert journal.append(tx, NOW, journal.READINGS, b"") == 2


def test_trimming_waits_for_the_slowest_follower_and_a_quarter_of_an_hour(dbs: Databases) -> None:
    fill(dbs, [60 * MINUTE, 50 * MINUTE, 40 * MINUTE, 1 * MINUTE])
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
    fill(dbs, [60 * MINUTE] * 9)
    passed(dbs, recorder=9, engine=9)
    with dbs.journal.write() as tx:
        assert [journal.trim(tx, NOW) for _ in range(4)] == [3, 3, 3, 0]


def test_what_is_older_than_a_week_goes_loudly(dbs: Databases) -> None:
    fill(dbs, [9 * DAY, 8 * DAY, 1 * DAY])
    passed(dbs, recorder=3, engine=1)
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=False) == Gap(1, 2, "age")
    assert seqs(dbs) == [3]
    with dbs.journal.read() as tx:
        [gap] = journal.recent(tx, journal.GAP, 10)
        assert decode_gap(gap.body) == Gap(1, 2, "age")


def test_without_room_on_the_disk_the_oldest_piece_goes(dbs: Databases) -> None:
    fill(dbs, [5, 4, 3])
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=True) == Gap(1, 3, "disk")
    assert seqs(dbs) == []


def test_what_everybody_has_passed_goes_without_a_gap(dbs: Databases) -> None:
    fill(dbs, [9 * DAY])
    passed(dbs, recorder=1, engine=1)
    with dbs.journal.write() as tx:
        assert journal.trim_by_force(tx, NOW, room_short=False) is None
    assert seqs(dbs) == []
