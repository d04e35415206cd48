"""The catalogue through the API."""

import pytest

from core.catalogue.produce import Confidence
from tests.api.scene import API, Callers


def catalogue(callers: Callers) -> dict[str, dict[str, object]]:
    rows = callers("viewer").get(f"{API}/produce").json()["items"]
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("kind", ["temp", "rh"])
def test_target_lies_within_safe_within_hard(callers: Callers, kind: str) -> None:
    for produce in catalogue(callers).values():
        target, safe = produce[f"{kind}_target"], produce[f"{kind}_safe"]
        assert isinstance(target, dict)
        assert isinstance(safe, dict)
        assert safe["low"] <= target["low"] <= target["high"] <= safe["high"], produce["id"]
        hard = produce.get("temp_hard") if kind == "temp" else None
        if isinstance(hard, dict):
            assert hard["low"] <= safe["low"] <= safe["high"] <= hard["high"], produce["id"]


def test_every_value_says_how_sure_it_is(callers: Callers) -> None:
    confidence_marks = set(Confidence)
    for produce in catalogue(callers).values():
        assert produce["confidence"] in confidence_marks
        confidences = produce["confidences"]
        assert isinstance(confidences, dict)
        assert set(confidences.values()) <= confidence_marks


def test_sources_are_texts_and_not_only_keys(callers: Callers) -> None:
    for produce in catalogue(callers).values():
        sources = produce["sources"]
        assert isinstance(sources, list)
        assert all(source["key"] and source["text"] for source in sources)
        assert len({source["key"] for source in sources}) == len(sources)


def test_shelf_life_is_a_span_at_a_temperature_or_unknown(callers: Callers) -> None:
    for produce in catalogue(callers).values():
        life = produce["life_days"]
        if life is None:
            continue
        assert isinstance(life, list)
        assert 0 < life[0] <= life[1], produce["id"]
        assert produce["life_at"] is not None
