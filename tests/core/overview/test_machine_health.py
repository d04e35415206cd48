"""Disk, clock and listener: one judgement for the doctor, /healthz and the pre-opening check."""

from hypothesis import given
from hypothesis import strategies as st

from core.overview import machine_health
from core.overview.check_results import RANK, CheckVerdict
from core.overview.doctor import machine_finding
from core.overview.machine_health import LISTENER_MISSING_MS, ReceivingFault
from core.overview.machine_texts import MACHINE_TEXTS
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from i18n.language import LANGS, translator

ages = st.none() | st.integers(-DAY_MS, DAY_MS)
behinds = st.integers(0, DAY_MS)


def test_a_disk_wants_a_look_and_is_bad_from_where_the_box_says_so_too() -> None:
    verdicts = [machine_health.disk(free, 100).verdict for free in (2, 3, 4, 10, 11)]
    assert verdicts == [
        CheckVerdict.BAD,
        CheckVerdict.BAD,
        CheckVerdict.LOOK,
        CheckVerdict.LOOK,
        CheckVerdict.OK,
    ]


def test_a_disk_without_a_size_is_bad_and_not_a_division_by_zero() -> None:
    assert machine_health.disk(0, 0).verdict == CheckVerdict.BAD


@given(total=st.integers(1, 2**44), free=st.integers(0, 2**44), less=st.integers(0, 2**44))
def test_less_room_is_never_better(total: int, free: int, less: int) -> None:
    free, less = sorted((min(free, total), min(less, total)), reverse=True)
    more_room, less_room = machine_health.disk(free, total), machine_health.disk(less, total)
    assert RANK[less_room.verdict] <= RANK[more_room.verdict]


def test_a_clock_that_is_behind_is_bad_also_when_a_time_server_vouches_for_it() -> None:
    for synchronized in (None, False, True):
        clock = machine_health.own_clock(MINUTE_MS + 1, synchronized=synchronized)
        assert (clock.code, clock.verdict) == ("own_clock", CheckVerdict.BAD)
    right, unknown, wrong = (
        machine_health.own_clock(MINUTE_MS, synchronized=synchronized).verdict
        for synchronized in (True, None, False)
    )
    assert (right, unknown, wrong) == (CheckVerdict.OK, CheckVerdict.OK, CheckVerdict.LOOK)


def test_a_clock_that_is_ahead_of_the_devices_is_bad_also_when_a_time_server_vouches_for_it() -> None:
    clock = machine_health.own_clock(0, ahead=HOUR_MS, synchronized=True)
    assert (clock.code, clock.verdict) == ("own_clock_ahead", CheckVerdict.BAD)
    assert machine_health.receiving_fault(0, 0, connected=True, clock_ahead=HOUR_MS) == "clock-ahead"


def test_a_listener_that_never_beat_is_silent_and_one_of_a_moment_ago_is_not() -> None:
    for age, connected, fault in (
        (None, True, ReceivingFault.LISTENER_SILENT),
        (LISTENER_MISSING_MS + 1, True, ReceivingFault.LISTENER_SILENT),
        (LISTENER_MISSING_MS, True, None),
        (0, False, ReceivingFault.BROKER_NOT_CONNECTED),
    ):
        assert machine_health.listener_fault(age, connected=connected) == fault


def test_a_clock_that_was_set_back_is_the_reason_and_not_the_broker() -> None:
    fault = machine_health.receiving_fault(-DAY_MS, DAY_MS, connected=False)
    assert fault == ReceivingFault.CLOCK_BEHIND


@given(age=ages, behind=behinds, ahead=st.sampled_from([0, HOUR_MS]), connected=st.booleans())
def test_healthz_is_well_exactly_when_doctor_and_check_call_clock_and_listener_well(
    age: int | None, behind: int, ahead: int, connected: bool
) -> None:
    fault = machine_health.receiving_fault(age, behind, connected=connected, clock_ahead=ahead)
    clock = machine_health.own_clock(behind, ahead=ahead)
    listener = machine_health.listener(age, connected=connected)
    assert (fault is None) == (clock.verdict == CheckVerdict.OK == listener.verdict)


def test_every_judgement_can_be_said_to_a_technician_in_both_languages() -> None:
    results = [
        *(machine_health.disk(free, 100) for free in (1, 10, 50)),
        *(machine_health.own_clock(0, synchronized=answer) for answer in (None, False, True)),
        machine_health.own_clock(8 * MINUTE_MS),
        machine_health.own_clock(0, ahead=HOUR_MS, synchronized=True),
        *(machine_health.listener(age, connected=False) for age in (None, 0)),
        machine_health.listener(0, connected=True),
    ]
    assert {result.code for result in results} == set(MACHINE_TEXTS)
    for result in results:
        finding = machine_finding(result)
        assert (finding.todo == "") == (result.verdict == CheckVerdict.OK)
        for lang in LANGS:
            for text in filter(None, (finding.text, finding.todo)):
                assert "%(" not in translator(lang)(text) % dict(finding.facts)
