"""When most devices differ from us by the same time, we are wrong."""

from hypothesis import given
from hypothesis import strategies as st

from core.devices.clock_survey import AGREE_MS, CommonLead, common_lead
from core.times import DAY_MS, HOUR_MS

leads = st.integers(-DAY_MS, DAY_MS)


def test_a_few_odd_devices_are_outvoted() -> None:
    assert common_lead([HOUR_MS, HOUR_MS + 900, HOUR_MS + 400, 0]) == CommonLead(HOUR_MS + 400, 3)
    assert common_lead([0, 900, 400, 8 * HOUR_MS]) == CommonLead(400, 3)


def test_two_devices_must_agree_and_two_of_three_are_too_few() -> None:
    assert common_lead([HOUR_MS, HOUR_MS]) == CommonLead(HOUR_MS, 2)
    assert common_lead([HOUR_MS, 0]) is None
    assert common_lead([8 * HOUR_MS, 8 * HOUR_MS, 0]) is None
    assert common_lead([]) is None
    assert common_lead([HOUR_MS]) == CommonLead(HOUR_MS, 1)


@given(st.lists(leads))
def test_the_order_does_not_matter_and_the_lead_is_a_devices(them: list[int]) -> None:
    common = common_lead(them)
    assert common_lead(them[::-1]) == common
    if common is not None:
        assert common.lead in them
        near = [lead for lead in them if abs(lead - common.lead) <= AGREE_MS]
        assert 3 * len(near) >= 3 * common.devices > 2 * len(them)


@given(st.lists(st.integers(-AGREE_MS // 2, AGREE_MS // 2), min_size=1), leads, st.integers(1, HOUR_MS))
def test_a_shift_of_our_clock_shifts_the_lead(noise: list[int], lead: int, shift: int) -> None:
    before, after = common_lead([lead + n for n in noise]), common_lead([lead + n + shift for n in noise])
    assert before is not None
    assert after == CommonLead(before.lead + shift, before.devices)
