from hypothesis import given
from hypothesis import strategies as st

from simulators.door import Door, density, exchange

temperatures = st.floats(-30, 45)


@given(temperatures, temperatures)
def test_air_changes_places_in_either_direction_alike(inside: float, outside: float) -> None:
    flow = exchange(Door(), inside, outside)
    assert flow == exchange(Door(), outside, inside)
    assert 0 <= flow < 3


@given(temperatures, temperatures, temperatures)
def test_a_greater_difference_moves_no_less_air(inside: float, near: float, far: float) -> None:
    near, far = sorted((near, far), key=lambda outside: abs(outside - inside))
    if (near - inside) * (far - inside) > 0:
        assert exchange(Door(), inside, far) >= exchange(Door(), inside, near) - 1e-9


@given(temperatures)
def test_without_a_difference_nothing_moves(inside: float) -> None:
    assert exchange(Door(), inside, inside) == 0


def test_a_door_twice_as_wide_moves_twice_as_much() -> None:
    assert exchange(Door(width=3.6), 2, 20) == 2 * exchange(Door(width=1.8), 2, 20)


def test_warm_air_at_the_height_of_fenyang_is_lighter() -> None:
    assert 1.0 < density(20) < density(0) < 1.29
