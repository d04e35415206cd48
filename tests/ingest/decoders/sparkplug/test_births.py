import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.sparkplug.births import Birth, define_metric, flatten, learn_birth
from ingest.decoders.sparkplug.wire import SparkplugMetric

FLOAT, BOOLEAN, STRING, INT32 = 9, 11, 12, 3


def number(name: str, alias: int | None = None, unit: str = "") -> SparkplugMetric:
    return SparkplugMetric(name, alias, datatype=FLOAT, unit=unit or None)


def born(*metrics: SparkplugMetric) -> Birth:
    """As it comes back from the memory: through JSON."""
    return Birth(msgspec.json.decode(msgspec.json.encode(learn_birth(list(metrics)))))


def test_data_with_an_alias_gets_the_name_of_the_birth() -> None:
    birth = born(number("Room/temperature", 1, "°C"), number("Fan/speed", 2))
    assert birth.name(SparkplugMetric(alias=1)) == "Room/temperature"
    assert birth.definition("Room/temperature") == ("temperature", "°C", FLOAT)


def test_an_alias_of_something_else_is_not_asked_for_again() -> None:
    birth = born(number("Room/temperature", 1), *(number(f"Fan/{alias}", alias) for alias in range(2, 50)))
    assert birth.name(SparkplugMetric(alias=30)) == ""
    assert birth.name(SparkplugMetric(alias=50)) is None
    assert birth.name(SparkplugMetric(alias=0)) is None


def test_a_metric_without_name_and_alias_is_none() -> None:
    assert born(number("temperature", 1)).name(SparkplugMetric()) == ""


@given(st.sets(st.integers(0, 300), max_size=60), st.integers(0, 300))
def test_every_alias_of_a_birth_is_known_and_no_other(aliases: set[int], alias: int) -> None:
    birth = born(*(number(f"Fan/{item}", item) for item in aliases))
    assert birth.name(SparkplugMetric(alias=alias)) == ("" if alias in aliases else None)


def test_what_is_there_in_both_units_counts_in_celsius() -> None:
    birth = born(number("tempC", 1, "°C"), number("tempF", 2, "°F"))
    assert birth.definition("tempF") is None
    assert birth.definition("tempC") is not None


def test_members_of_a_template_have_its_name_before_theirs() -> None:
    template = SparkplugMetric("door", 5, members=[number("temperature")])
    assert [name for name, _ in flatten([template])] == ["door/temperature"]
    birth = born(template)
    assert birth.name(SparkplugMetric(alias=5)) == "door"
    assert birth.definition("door/temperature") is not None


@pytest.mark.parametrize(
    ("name", "unit", "datatype", "metric"),
    [
        ("Node Control/Rebirth", "", BOOLEAN, ""),
        ("Node Info/temperature", "", FLOAT, ""),
        ("Door", "", BOOLEAN, "door"),
        ("Door", "", INT32, "door"),
        ("Door", "", STRING, ""),
        ("temperature", "", STRING, "temperature"),
        ("temperature", "°F", FLOAT, "temperature"),
        ("temperature", "°C", 16, ""),
        ("speed", "rpm", FLOAT, ""),
    ],
)
def test_a_definition_is_ours_by_name_unit_and_type(name: str, unit: str, datatype: int, metric: str) -> None:
    assert define_metric(name, unit, datatype).metric == metric
