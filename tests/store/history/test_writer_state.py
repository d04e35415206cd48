"""Two processes write one server in turns, and a restarted server gets its unconfirmed writes again."""

import math
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings.readings import Reading
from store.database import Databases
from store.history import RetainedSince
from store.history.writer_state import WriterState, put_aside, set_offset

pytestmark = pytest.mark.one_database  # it is in history.db, whatever stores the records
SERVER, RESTARTED = 1_000, 2_000


def write(state: WriterState, seq: int | None = None) -> bool:
    """Whether the process may trust its cache."""
    with state.exclusive_write() as (tx, is_own):
        if seq is not None:
            set_offset(tx, seq, 0)
    return is_own


def test_a_process_trusts_its_cache_only_after_its_own_write(dbs: Databases) -> None:
    recorder, past = WriterState(dbs.history), WriterState(dbs.history)
    assert [write(recorder), write(recorder)] == [False, True]
    assert [write(past), write(recorder), write(recorder)] == [False, False, True]


def test_a_failed_write_moves_no_offset_and_ends_the_trust(dbs: Databases) -> None:
    state = WriterState(dbs.history)
    write(state, 5)
    with suppress(OSError), state.exclusive_write() as (tx, _):
        set_offset(tx, 9, 0)
        raise OSError
    assert state.offset() == 5
    assert [write(state), write(state)] == [False, True]


@pytest.mark.parametrize(
    ("process", "to", "unconditionally", "offset"),
    [
        (SERVER, 3, False, 10),
        (RESTARTED, 3, False, 3),
        (RESTARTED, 30, False, 10),
        (None, 3, False, 10),
        (None, 3, True, 3),
        (SERVER, 3, True, 3),
    ],
)
def test_only_a_restart_or_a_failure_sets_the_offset_back_and_never_forward(
    dbs: Databases, process: int | None, to: int, unconditionally: bool, offset: int
) -> None:
    state = WriterState(dbs.history)
    write(state, 10)
    state.rewind(SERVER, 0, 0, unconditionally=False)
    assert state.rewind(process, to, 0, unconditionally=unconditionally) == (offset != 10)
    assert state.offset() == offset


def test_the_first_contact_with_a_server_and_a_second_look_rewind_nothing(dbs: Databases) -> None:
    state = WriterState(dbs.history)
    write(state, 10)
    assert not state.rewind(SERVER, 0, 0, unconditionally=False)
    assert state.rewind(RESTARTED, 4, 0, unconditionally=False)
    assert not state.rewind(RESTARTED, 0, 0, unconditionally=False), "once a restart"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*[st.one_of(st.none(), st.integers(0, 1 << 50))] * 3), max_size=5))
def test_trimmed_times_only_grow(dbs: Databases, befores: list[tuple[int | None, ...]]) -> None:
    state = WriterState(dbs.history)
    for before in befores:
        earlier = state.retained_since()
        state.note_trimmed(before)
        wanted = [max(old, new or 0) for old, new in zip(earlier, before, strict=True)]
        assert state.retained_since() == RetainedSince(*wanted)


def test_readings_put_aside_are_there_once_and_never_as_nan(dbs: Databases) -> None:
    with dbs.history.write() as tx:
        put_aside(tx, [Reading(1, 5, 3.0), Reading(1, 6, math.nan)])
        put_aside(tx, [Reading(1, 5, 4.0, 2)])
        put_aside(tx, [])
    with dbs.history.read() as tx:
        rows = tx.exec_driver_sql("SELECT series, at, value, flags FROM points").all()
    assert [tuple(row) for row in rows] == [(1, 5, 4.0, 2)]
