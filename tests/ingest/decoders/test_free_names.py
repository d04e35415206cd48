import pytest

from ingest.decoders.free_names import fahrenheit_twins, metric_of, switch_of


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("Evaporator Temperature", "°C", "temperature"),
        ("Inputs/temp_1", "", "temperature"),
        ("Probe", "°F", "temperature"),
        ("temperature", "K", "temperature"),
        ("库温", "℃", "temperature"),
        ("Core Temperature", "°C", "temperature"),
        ("DS18B20_1", "", "temperature"),
        ("3号库湿度", "%", "humidity"),
        ("RH", "%RH", "humidity"),
        ("battery", "%", "battery"),
        ("Battery Voltage", "V", "voltage"),
        ("Climate/CO2", "ppm", "co2"),
        ("Carbon Dioxide", "ppm", "co2"),
        ("co", "ppm", "co"),
        ("Atmospheric Pressure", "inHg", "pressure"),
        ("Illuminance", "lx", "light"),
        ("rssi", "dBm", "signal"),
        ("total energy", "kWh", "energy"),
    ],
)
def test_name_and_unit_together_say_what_is_measured(name: str, unit: str, expected: str) -> None:
    assert metric_of(name, unit) == expected


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("level", "%"),
        ("soil moisture", "%"),
        ("土壤湿度", "%"),
        ("CPU Temperature", "°C"),
        ("esp32_temperature", "°C"),
        ("internal_temperature", "°C"),
        ("Device Temperature", "°C"),
        ("Temperature Setpoint", "°C"),
        ("设定温度", "℃"),
        ("temperature_max", "°C"),
        ("dew point", "°C"),
        ("temperature", "X"),
        ("suction pressure", "kPa"),
        ("eco2", "ppm"),
        ("pm25", "ppm"),
        ("light", ""),
        ("wifi signal", "%"),
        ("phase angle", "°"),
        ("power", "W"),
    ],
)
def test_what_only_looks_like_a_reading_is_none(name: str, unit: str) -> None:
    assert metric_of(name, unit) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Door", "door"), ("库门", "door"), ("mains", "power"), ("fan", None), ("door alarm", None)],
)
def test_a_yes_or_no_is_a_door_or_the_mains_by_its_name(name: str, expected: str | None) -> None:
    assert switch_of(name) == expected


def test_of_two_names_for_one_probe_the_celsius_one_stays() -> None:
    assert fahrenheit_twins({"tempC": "°C", "tempF": "°F", "probe": "°F"}) == {"tempF"}
    assert fahrenheit_twins({"a/temperature": "°F", "b/temperature": "°C"}) == set()
