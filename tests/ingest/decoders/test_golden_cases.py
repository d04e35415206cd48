"""Every golden case of every family: what a device sends, and what it means.

`tests/cases/<family>/*.jsonl`; the keys are explained in tests/cases/README.md.
"""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DecodeError
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import FAMILIES, Router
from ingest.decoders.contract import DecodeContext, DecodedReport, Value
from ingest.rules.build import shipped_rules
from ingest.rules.rule_list import RuleList

CASES = Path(__file__).parents[2] / "cases"
ZONE = ZoneInfo("Asia/Shanghai")
RECEIVED_AT = 1_773_271_000_000
HEALTH = {
    "battery_pct": "battery",
    "battery_v": "voltage",
    "linkquality": "linkquality",
    "rssi": "signal",
}


GATEWAYS = ("qingping", "renke", "usr", "king_pigeon", "neuron", "dtu")
"""Read by the rules that come with the program; as devices they are all of family `recipe`."""
RULES = RuleList((), shipped_rules())


def _router() -> Router:
    router = Router()
    router.use_rules(RULES)
    return router


def _cases() -> list[Any]:
    cases = []
    for family in (*(family for family, _ in FAMILIES), *GATEWAYS):
        for path in sorted((CASES / family).glob("*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                case = json.loads(line)
                cases.append(pytest.param(family, case, id=f"{family}-{case['name']}"))
    return cases


def _payload(case: dict[str, Any]) -> bytes:
    if "payload_b64" in case:
        return base64.b64decode(case["payload_b64"])
    return str(case["payload"]).encode()


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    if text.startswith("arrival"):
        return RECEIVED_AT - int(text.removeprefix("arrival-").removesuffix("s")) * 1000
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _expected(expect: dict[str, Any]) -> dict[tuple[str, str, int | None], float]:
    return {
        (reading["sensor"] or "", reading["metric"], _time(reading["ts"])): reading["value"]
        for reading in expect["readings"]
    }


BY_NAME = {(family, case["name"]): case for family, case in (param.values for param in _cases())}


@pytest.mark.parametrize(("family", "case"), _cases())
def test_a_golden_message_means_what_its_case_says(family: str, case: dict[str, Any]) -> None:
    expect = case["expect"]
    router = _router()
    context = DecodeContext(ZONE, RECEIVED_AT, bool(case.get("retained")))
    for needed in _before(family, case):
        _decode(router, family, needed, context.memory)
    route = router.find(case["topic"])
    assert route is not None, "no family subscribes to this topic"
    assert route.family == ("recipe" if family in GATEWAYS else family)
    if "refused" in expect:
        with pytest.raises(DecodeError) as error:
            route.decode(case["topic"], _payload(case), context)
        assert error.value.reason == expect["refused"]
        return
    reports = route.decode(case["topic"], _payload(case), context)

    values = [value for report in reports for value in report.values]
    health = {*HEALTH.values()} - {reading["metric"] for reading in expect["readings"]}
    named = {report.device for report in reports if len(reports) > 1}
    readings = {
        (v.position or (report.device if report.device in named else ""), v.metric, v.at): v.value
        for report in reports
        for v in report.values
        if v.metric not in health
    }
    assert readings == {key: pytest.approx(value) for key, value in _expected(expect).items()}
    each_once = {(report.device, *v[:2], v.at) for report in reports for v in report.values}
    assert len(each_once) == len(values)

    for key, metric in HEALTH.items():
        if key in expect:
            decoded = [v.value for v in values if v.metric == metric]
            assert decoded
            assert decoded == [pytest.approx(expect[key])] * len(decoded)  # each record of a backlog says it
    for position, percent in expect.get("battery_by_sensor", {}).items():
        assert _only_value(values, position, "battery") == percent
    invalid = {(i.position, i.metric, i.reason) for report in reports for i in report.invalid}
    assert invalid == {(i["sensor"] or "", i["metric"], i["reason"]) for i in expect.get("invalid", [])}
    _check_identity(expect, reports)


def _decode(router: Router, family: str, case: dict[str, Any], memory: FamilyMemory) -> None:
    route = router.find(case["topic"])
    assert route is not None
    route.decode(
        case["topic"], _payload(case), DecodeContext(ZONE, RECEIVED_AT, bool(case.get("retained")), memory)
    )
    memory.on_committed()
    router.on_memory_changed(family, memory)


def _before(family: str, case: dict[str, Any]) -> list[dict[str, Any]]:
    """What must have come before, oldest first."""
    needs = case["expect"].get("needs", [])
    before: list[dict[str, Any]] = []
    for name in [needs] if isinstance(needs, str) else needs:
        needed = BY_NAME[family, name]
        before += [*_before(family, needed), needed]
    return before


def _check_identity(expect: dict[str, Any], reports: list[DecodedReport]) -> None:
    if expect.get("ignore"):
        assert reports == []
    if expect.get("device") is not None and not expect.get("ignore"):
        assert [report.device for report in reports] == [expect["device"]]
    if "devices" in expect:
        assert sorted(report.device for report in reports) == sorted(expect["devices"])
    if "removed" in expect:
        assert [report.removed for report in reports] == [expect["removed"]]
    if "display_name" in expect:
        assert {report.name for report in reports} == {expect["display_name"]}
    if "gateway" in expect:
        assert {report.gateway for report in reports} == {expect["gateway"]}
    if expect.get("undecoded"):
        assert [bool(report.undecoded) for report in reports] == [True]
    if "online" in expect:
        assert [report.online for report in reports] == [expect["online"]]


def _only_value(values: list[Value], position: str, metric: str) -> float:
    (value,) = [v.value for v in values if v.position == position and v.metric == metric]
    return value
