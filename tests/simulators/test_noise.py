import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.noise import chance, normal_table, place, salt

names = st.lists(st.one_of(st.text(max_size=5), st.integers()), max_size=4)


@given(names)
def test_the_same_names_give_the_same_chance(parts: list[object]) -> None:
    assert salt(*parts) == salt(*parts)
    assert chance(*parts).random() == chance(*parts).random()


def test_another_process_gets_the_same_numbers() -> None:
    code = "from simulators.noise import chance, salt; print(salt('库', 1), chance('库', 1).random())"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.split() == [str(salt("库", 1)), str(chance("库", 1).random())]


@given(st.integers(0, 1 << 40), st.integers(0, (1 << 32) - 1))
def test_every_moment_has_a_place_in_the_table(seconds: int, key: int) -> None:
    assert 0 <= place(seconds, key) < len(normal_table(1))


@pytest.mark.parametrize("step_s", [20, 60, 300])
def test_the_noise_of_a_probe_does_not_repeat_with_its_interval(step_s: int) -> None:
    places = [place(1_773_270_000 + step_s * number, salt("a")) for number in range(500)]
    assert len(set(places)) > 400
    assert places[:250] != places[250:]
