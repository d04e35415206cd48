"""What need not stay for ever goes, in pieces."""

import pytest
from sqlalchemy import func, insert, select

from core.people.people import NewPerson
from core.times import DAY_MS
from store import changes as noted
from store import idempotency, live, retention
from store.database import Databases
from store.idempotency import StoredAnswer
from store.notifications.tables import notification_attempts, notifications
from store.people import people
from store.people.tables import tokens
from store.retention import KEEP_ATTEMPTS, KEEP_CHANGES, trim
from store.tables import changes
from store.tables import idempotency as kept_answers

NOW = 1_768_360_786_000


def _seqs(dbs: Databases) -> list[int]:
    with dbs.records.read() as tx:
        return list(tx.execute(select(changes.c.seq).order_by(changes.c.seq)).scalars())


def _note(dbs: Databases, at: int, count: int) -> None:
    with dbs.records.write() as tx:
        for ident in range(count):
            noted.note(tx, "room", ident, at)


def test_changes_older_than_a_week_go_and_younger_ones_stay(dbs: Databases) -> None:
    _note(dbs, NOW - KEEP_CHANGES - 1, 3)
    _note(dbs, NOW - KEEP_CHANGES, 2)
    with dbs.records.write() as tx:
        assert trim(tx, NOW) is False
    assert _seqs(dbs) == [4, 5]


def test_where_the_sequence_is_stays_known_when_all_is_old(dbs: Databases) -> None:
    _note(dbs, NOW - 30 * DAY_MS, 3)
    with dbs.records.write() as tx:
        trim(tx, NOW)
    assert live.position(dbs).changes == 3
    _note(dbs, NOW, 1)
    assert _seqs(dbs) == [3, 4]


def test_a_piece_at_a_time_goes_and_it_says_that_there_is_more(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PIECE", 2)
    _note(dbs, NOW - 30 * DAY_MS, 6)
    left = []
    for _ in range(3):
        with dbs.records.write() as tx:
            more = trim(tx, NOW)
        left.append((len(_seqs(dbs)), more))
    assert left == [(4, True), (2, True), (1, False)]


def test_tokens_and_kept_answers_that_are_over_go(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        ident = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        stays = people.issue_token(tx, ident, "page", NOW, 30 * DAY_MS)
        people.issue_token(tx, ident, "api", NOW, DAY_MS)
        for key, at in (("old", NOW), ("young", NOW + DAY_MS)):
            idempotency.keep(tx, at, ident, key, StoredAnswer("POST /lots", "0", 201, b"{}"))
        trim(tx, NOW + 7 * DAY_MS)
        assert tx.execute(select(func.count()).select_from(tokens)).scalar() == 1
        assert people.person_of_token(tx, stays, NOW + 7 * DAY_MS) is not None
        assert tx.execute(select(kept_answers.c.key)).scalars().all() == ["young"]


def test_attempts_go_after_a_quarter_and_their_message_stays(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        ident = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        message = {"person": ident, "channel": "pretend", "kind": "first", "text": "太热", "dedup_key": "a"}
        message |= {"status": "sent", "queued_at": NOW, "next_try_at": NOW}
        tx.execute(insert(notifications).values(id=1, **message))
        for at in (NOW, NOW + 2):
            tx.execute(insert(notification_attempts).values(notification=1, at=at))
        trim(tx, NOW + KEEP_ATTEMPTS + 1)
        assert tx.execute(select(notification_attempts.c.at)).scalars().all() == [NOW + 2]
        assert tx.execute(select(func.count()).select_from(notifications)).scalar() == 1
