"""The pot of ice water and the record of calibrations, as views over the databases."""

import pytest

from core.readings.calibrations import ICE_FOR, NewCalibration
from core.times import DAY_MS, MINUTE_MS
from store.devices import device_names, ice_baths
from store.readings import calibrations
from tests.web.builders import NOW, ZH
from tests.web.scene import Scene
from tests.web.visits import context_of_scene
from web.devices.calibration_view import (
    CalibrationRecordRow,
    SoakingProbe,
    calibration_record,
    ice_pot,
    probes_to_put_in,
)

BACK = "2号库-back"
BEGAN = NOW - ICE_FOR - 5 * MINUTE_MS


def put_in(scene: Scene, at: int = BEGAN, device: str = BACK) -> None:
    with scene.dbs.records.write() as tx:
        ice_baths.put_in(tx, at, device, "", scene.people["keeper"])


def say_in_ice(scene: Scene, *values: float, device: str = BACK) -> None:
    """A value a minute, the last one now."""
    for ago, value in enumerate(reversed(values)):
        scene.say(device, NOW - ago * MINUTE_MS, temperature=value)


def soaking(scene: Scene) -> SoakingProbe:
    (probe,) = ice_pot(context_of_scene(scene), ZH, NOW).soaking
    return probe


def test_a_pot_without_probes_is_empty(shared_scene: Scene) -> None:
    pot = ice_pot(context_of_scene(shared_scene), ZH, NOW)
    assert (pot.soaking, pot.ready) == ([], [])


def test_a_probe_that_stands_still_near_zero_is_ready(scene: Scene) -> None:
    put_in(scene)
    say_in_ice(scene, *([0.3] * 12))
    probe = soaking(scene)
    assert (probe.ready, probe.shown, probe.says, probe.place) == (True, "0.30度", "稳了", "2号库 最里")
    assert ice_pot(context_of_scene(scene), ZH, NOW).ready == [probe.key]


def test_a_probe_that_still_falls_waits(scene: Scene) -> None:
    put_in(scene, NOW - 2 * MINUTE_MS)
    say_in_ice(scene, 9.0, 6.0, 4.0)
    probe = soaking(scene)
    assert not probe.ready
    assert probe.says.startswith("还在变，再等")


def test_a_steady_value_far_from_zero_is_no_ice_water(scene: Scene) -> None:
    put_in(scene)
    say_in_ice(scene, *([4.0] * 12))
    probe = soaking(scene)
    assert not probe.ready
    assert probe.says == "不像在冰水里：多放冰，搅一搅"


def test_a_probe_that_says_nothing_in_the_ice_has_no_number(scene: Scene) -> None:
    put_in(scene, NOW, "6号库-back")
    probe = soaking(scene)
    assert (probe.shown, probe.says, probe.ready) == ("", "还没来过数", False)


def test_a_device_that_is_gone_is_still_shown_in_the_pot(scene: Scene) -> None:
    put_in(scene, device="nobody")
    probe = soaking(scene)
    assert (probe.name, probe.place, probe.ready) == ("nobody", "", False)
    assert probe.ident.startswith("bath")


def test_what_lies_in_the_pot_is_not_offered_to_put_in_once_more(scene: Scene) -> None:
    before = {row.device for row in probes_to_put_in(context_of_scene(scene), ZH, NOW)}
    put_in(scene)
    after = {row.device for row in probes_to_put_in(context_of_scene(scene), ZH, NOW)}
    assert before - after == {BACK}


def test_only_probes_that_measure_a_temperature_are_offered_those_without_a_place_first(scene: Scene) -> None:
    scene.say("spare", NOW, temperature=19.0)
    scene.say("door-switch", NOW, door=1)
    offered = [row.device for row in probes_to_put_in(context_of_scene(scene), ZH, NOW)]
    assert offered[0] == "spare"
    assert "door-switch" not in offered


def record(scene: Scene) -> list[CalibrationRecordRow]:
    return calibration_record(context_of_scene(scene), ZH, NOW)


def calibrate(scene: Scene, at: int = NOW, **facts: object) -> None:
    usual: dict[str, object] = {
        "device": BACK,
        "position": "",
        "metric": "temperature",
        "offset": -0.3,
        "method": "ice",
        "by": scene.people["keeper"],
    }
    with scene.dbs.records.write() as tx:
        calibrations.calibrate(tx, at, NewCalibration(**{**usual, **facts}))  # type: ignore[arg-type]


def test_a_record_without_calibrations_is_empty(shared_scene: Scene) -> None:
    assert record(shared_scene) == []


def test_a_line_of_the_record_says_what_an_inspector_asks(scene: Scene) -> None:
    calibrate(scene, reference=0.0, measured=0.3, certificate="JL-7", due_at=NOW + 365 * DAY_MS)
    (row,) = record(scene)
    assert (row.day, row.probe, row.place, row.metric) == ("2026-01-14", BACK, "2号库 最里", "温度")
    assert (row.reference, row.measured, row.offset) == ("0.00", "0.30", "−0.30")
    assert (row.method, row.certificate, row.by, row.due) == ("冰水", "JL-7", "任师傅", "2027-01-14")


def test_what_was_not_measured_is_empty_and_not_zero(scene: Scene) -> None:
    calibrate(scene)
    (row,) = record(scene)
    assert (row.reference, row.measured, row.due) == ("", "", "")


def test_only_the_last_calibration_of_a_series_is_current_and_can_be_over(scene: Scene) -> None:
    calibrate(scene, NOW - 400 * DAY_MS, due_at=NOW - 35 * DAY_MS)
    calibrate(scene, NOW - 2 * DAY_MS, due_at=NOW + 10 * DAY_MS)
    calibrate(scene, NOW - DAY_MS, metric="humidity", offset=2, due_at=NOW - DAY_MS + 1)
    rows = {(row.metric, row.last): row.due for row in record(scene)}
    assert rows[("温度", False)] == "2025-12-10", "history is told its day, and not that it is over"
    assert rows[("温度", True)].startswith("该校了")
    assert rows[("湿度", True)].startswith("校验过期了")


@pytest.mark.parametrize("renamed", [True, False])
def test_a_probe_has_the_name_that_people_gave_it(scene: Scene, renamed: bool) -> None:
    calibrate(scene, position="a")
    if renamed:
        with scene.dbs.records.write() as tx:
            device_names.rename(tx, NOW, BACK, "里面那个", None)
    (row,) = record(scene)
    assert row.probe == ("里面那个 / a" if renamed else f"{BACK} / a")
