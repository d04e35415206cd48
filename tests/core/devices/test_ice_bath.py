import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.devices.ice_bath import zero_offset
from core.errors import Refused
from core.readings.calibrations import ICE_MOST_K, IceSettling

near_zero = st.floats(-ICE_MOST_K, ICE_MOST_K)


@given(st.none() | st.floats(-50, 50), st.booleans())
def test_a_probe_outside_the_ice_is_never_calibrated_whatever_it_shows(
    value: float | None, steady: bool
) -> None:
    with pytest.raises(Refused) as refused:
        zero_offset(IceSettling(value, steady), in_ice=False)
    assert refused.value.reason == "not_in_ice"


@given(near_zero)
def test_the_offset_takes_the_value_in_the_ice_to_zero(value: float) -> None:
    assert value + zero_offset(IceSettling(value, True), in_ice=True) == pytest.approx(0, abs=0.0051)


@pytest.mark.parametrize(
    ("settled", "reason"),
    [
        (IceSettling(None, False), "nothing_yet"),
        (IceSettling(ICE_MOST_K + 0.1, True), "no_ice"),
        (IceSettling(-ICE_MOST_K - 0.1, True), "no_ice"),
        (IceSettling(0.4, False), "not_steady"),
    ],
)
def test_a_probe_in_a_bath_without_ice_or_still_cooling_is_not_calibrated(
    settled: IceSettling, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        zero_offset(settled, in_ice=True)
    assert refused.value.reason == reason
