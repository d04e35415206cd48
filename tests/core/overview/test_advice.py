"""What people read at the door of a room: whoever goes in alone into bad air may not come out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import Verdict
from core.overview.advice import COLD_MONTHS, Advice, advice, all_texts
from core.overview.status import RoomState
from core.rooms.places import RoomKind
from i18n.language import translator

QUIET = (RoomState.OK, RoomState.EMPTY, RoomState.RESTING)
states, kinds, months = st.sampled_from(RoomState), st.sampled_from(RoomKind), st.integers(1, 12)
verdicts = st.none() | st.sampled_from(Verdict)


@given(states, verdicts, kinds, months)
def test_only_a_room_that_is_not_right_tells_people_what_to_do(
    state: RoomState, verdict: Verdict | None, kind: RoomKind, month: int
) -> None:
    lines = advice(state, verdict, kind, month).lines
    assert bool(lines) is (state not in QUIET)


@given(st.sampled_from([RoomState.ATTENTION, RoomState.DANGER]), verdicts, kinds, months)
def test_nobody_goes_in_before_the_room_is_aired_and_nobody_goes_in_alone(
    state: RoomState, verdict: Verdict | None, kind: RoomKind, month: int
) -> None:
    lines = advice(state, verdict, kind, month).lines
    airing = next(number for number, line in enumerate(lines) if "10分钟" in line)
    together = next(number for number, line in enumerate(lines) if "两个人" in line)
    assert airing <= together
    assert airing <= 1
    assert together <= 2


@given(st.sampled_from([RoomState.ATTENTION, RoomState.DANGER]), kinds, months)
def test_bad_air_keeps_people_out_in_the_very_first_words(
    state: RoomState, kind: RoomKind, month: int
) -> None:
    assert advice(state, Verdict.CO2_HIGH, kind, month).lines[0].startswith("人先别进")


@given(verdicts, kinds, months)
def test_a_room_without_data_sends_somebody_and_is_not_called_fine(
    verdict: Verdict | None, kind: RoomKind, month: int
) -> None:
    silent = advice(RoomState.NO_DATA, verdict, kind, month)
    assert silent.likely == "没数，不等于没事"
    assert "温度计" in silent.lines[0]
    assert "两个人" in silent.lines[-1]


@pytest.mark.parametrize("kind", RoomKind)
@pytest.mark.parametrize("verdict", Verdict)
def test_the_season_changes_only_with_the_cold_months(kind: RoomKind, verdict: Verdict) -> None:
    by_season: dict[bool, set[Advice]] = {True: set(), False: set()}
    for month in range(1, 13):
        by_season[month in COLD_MONTHS].add(advice(RoomState.DANGER, verdict, kind, month))
    assert [len(of_season) for of_season in by_season.values()] == [1, 1]


@pytest.mark.parametrize("kind", RoomKind)
def test_a_frozen_room_is_not_aired_with_cold_air_in_winter(kind: RoomKind) -> None:
    """The heating failed: open vents let the frost in."""
    for verdict in (Verdict.FREEZING, Verdict.TOO_COLD):
        assert not [line for line in advice(RoomState.DANGER, verdict, kind, 1).lines if "风口" in line]


@given(states, verdicts, kinds, months)
def test_no_line_is_missing_in_the_other_language(
    state: RoomState, verdict: Verdict | None, kind: RoomKind, month: int
) -> None:
    now = advice(state, verdict, kind, month)
    english = translator("en")
    for text in filter(None, (now.likely, *now.lines)):
        assert text in all_texts()
        assert english(text) != text
