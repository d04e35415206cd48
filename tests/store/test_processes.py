import os
import subprocess

import pytest

from store.processes import describe, is_dead, is_gone, process_id, same_machine, this_process


def machine_and_start() -> tuple[str, str]:
    machine, _, started = this_process().rsplit(":", 2)
    return machine, started


def test_this_process_lives_under_its_own_name() -> None:
    assert not is_dead(this_process())
    assert process_id(this_process()) == os.getpid()
    assert same_machine(this_process())


def test_a_process_that_ended_is_dead() -> None:
    machine, started = machine_and_start()
    child = subprocess.Popen(["true"])
    child.wait()
    assert is_dead(f"{machine}:{child.pid}:{started}")


def test_another_process_that_got_our_number_is_another_holder() -> None:
    machine, started = machine_and_start()
    assert is_dead(f"{machine}:{os.getpid()}:{int(started) + 1}")


def test_of_another_machine_nothing_is_said() -> None:
    _, started = machine_and_start()
    assert not is_dead(f"other/boot:{os.getpid()}:{started}")
    assert not same_machine(f"other/boot:{os.getpid()}:{started}")


def test_the_same_machine_after_a_restart_is_another_one() -> None:
    machine, started = machine_and_start()
    host = machine.split("/")[0]
    assert not same_machine(f"{host}/an-earlier-boot:{os.getpid()}:{started}")


@pytest.mark.parametrize("text", ["", "nobody", "a:b", "\ufffd"])
def test_a_name_that_nobody_of_ours_wrote_is_gone(text: str) -> None:
    assert is_gone(text)


def test_a_number_that_is_none_is_gone_only_where_it_would_be_ours() -> None:
    machine, _ = machine_and_start()
    assert is_gone(f"{machine}:x:1")
    assert not is_gone("other:x:1")


def test_people_read_the_machine_and_the_process() -> None:
    assert describe("box/9f3c-11:812:55") == "box (process 812)"
