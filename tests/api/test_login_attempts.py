"""Who has to wait after failed logins, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from api.login_attempts import (
    PER_ADDRESS,
    PER_NAME,
    PER_NAME_AND_ADDRESS,
    REMEMBERED,
    WINDOW_MS,
    LoginAttempts,
)

NOW = 1_768_360_786_000
HOME, AWAY = "192.168.1.7", "10.0.0.9"
Failure = tuple[str, str, int]
FAILURES = st.lists(
    st.tuples(st.sampled_from(["bob", "eve"]), st.sampled_from([HOME, AWAY]), st.integers(0, WINDOW_MS // 5)),
    max_size=60,
)


def after(failures: list[Failure]) -> tuple[LoginAttempts, list[Failure], int]:
    """The attempts, each with its time, and the time of the last one; a failure waits for the one before."""
    attempts, now, timed = LoginAttempts(), NOW, []
    for name, address, later in failures:
        now += later
        attempts.failed(name, address, now)
        timed.append((name, address, now))
    return attempts, timed, now


@given(FAILURES)
def test_it_waits_exactly_until_one_failure_too_many_is_a_quarter_of_an_hour_old(
    failures: list[Failure],
) -> None:
    attempts, timed, now = after(failures)
    for name in ("bob", "eve", "new"):
        for address in (HOME, AWAY, "elsewhere"):
            counted = [
                ([at for who, place, at in timed if (who, place) == (name, address)], PER_NAME_AND_ADDRESS),
                ([at for _, place, at in timed if place == address], PER_ADDRESS),
                ([at for who, _, at in timed if who == name], PER_NAME),
            ]
            free_at = [
                times[-most] + WINDOW_MS
                for all_times, most in counted
                if len(times := [at for at in all_times if at > now - WINDOW_MS]) >= most
            ]
            wait = attempts.wait_s(name, address, now)
            assert wait == -(-(max(free_at, default=now) - now) // 1000)
            assert attempts.wait_s(name, address, now + wait * 1000) == 0


@given(FAILURES)
def test_nobody_ever_waits_longer_than_the_window(failures: list[Failure]) -> None:
    attempts, _, now = after(failures)
    assert 0 <= attempts.wait_s("bob", HOME, now) <= WINDOW_MS // 1000


def test_a_success_forgives_this_name_at_this_address_alone() -> None:
    attempts, *_ = after([("bob", HOME, 0)] * 5 + [("bob", AWAY, 0)] * 5)
    attempts.succeeded("bob", HOME)
    assert attempts.wait_s("bob", HOME, NOW) == 0
    assert attempts.wait_s("bob", AWAY, NOW) == WINDOW_MS // 1000


def test_a_success_does_not_free_an_address_that_tries_many_names() -> None:
    attempts, *_ = after([(f"name{number}", HOME, 0) for number in range(PER_ADDRESS)])
    attempts.succeeded("name1", HOME)
    assert attempts.wait_s("name1", HOME, NOW) == WINDOW_MS // 1000


def test_a_name_tried_from_many_addresses_has_to_wait_everywhere() -> None:
    attempts, *_ = after([("bob", f"10.0.0.{number}", 0) for number in range(PER_NAME)])
    assert attempts.wait_s("bob", "10.9.9.9", NOW) == WINDOW_MS // 1000
    assert attempts.wait_s("eve", "10.9.9.9", NOW) == 0


def test_a_name_with_a_tail_of_its_own_is_no_new_name() -> None:
    attempts, *_ = after([("b" * 100 + str(number), HOME, 0) for number in range(5)])
    assert attempts.wait_s("b" * 100, HOME, NOW) > 0


def test_a_machine_that_tries_a_hundred_thousand_names_fills_no_memory() -> None:
    attempts = LoginAttempts()
    for number in range(REMEMBERED):
        attempts.failed(f"name{number}", f"10.0.{number // 256}.{number % 256}", NOW)
    assert len(attempts._failed) == REMEMBERED
    for _ in range(5):
        attempts.failed("bob", HOME, NOW)
    assert attempts.wait_s("bob", HOME, NOW) > 0, "the oldest are forgotten, not the latest"
