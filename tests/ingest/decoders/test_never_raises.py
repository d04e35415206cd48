"""Whatever comes, a decoder answers with finite values of known metrics or raises `DecodeError`."""

import json
from collections import defaultdict
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.metrics import METRICS
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Router
from ingest.decoders.contract import DecodeContext
from ingest.decoders.reasons import REASONS

ROUTER = Router()
ZONE = ZoneInfo("Asia/Shanghai")
TOPICS = (
    "coldshed/v1/a/readings",
    "coldshed/v1/a/status",
    "zigbee2mqtt/库/a",
    "zigbee2mqtt/a",
    "zigbee2mqtt/a/temperature",
    "zigbee2mqtt/a/availability",
    "zigbee2mqtt/bridge/state",
    "tele/a/SENSOR",
    "tele/a/STATE",
    "tele/a/LWT",
    "tele/zb/8F20/SENSOR",
    "tele/zb/ZbReceived",
    "a/tele/SENSOR",
    "stat/a/STATUS0",
    "stat/a/STATUS8",
    "application/1/device/a1/event/up",
    "application/1/device/a1/event/status",
    "v3/app@t/devices/a/up",
    "v1/gateway/telemetry",
    "v1/gateway/connect",
    "v1/devices/me/telemetry",
    "senml/gw",
    "home/gw/BTtoMQTT/A4C138A2E224",
    "home/gw/RTL_433toMQTT",
    "home/gw/CLIMAtoMQTT/dht1",
    "home/gw/LWT",
    "shellies/a/info",
    "shellies/a/sensor/temperature",
    "shellies/a/ext_temperature/1",
    "shellyplusht-a1/events/rpc",
    "cold/room/events/rpc",
    "room/status/temperature:0",
    "room/status/devicepower:0",
    "room/online",
    "shelly-blu/events/a",
    "coldshed/shelly/rpc",
    "ruuvi/gw/tag",
    "ruuvi/gw/gw_status",
    "homie/5/a/$description",
    "homie/5/a/$state",
    "homie/5/a/n/temperature",
    "homie/a/n/temperature",
    "homie/a/n/temperature/$unit",
    "homie/a/$state",
    "spBv1.0/g/NBIRTH/n",
    "spBv1.0/g/NDEATH/n",
    "spBv1.0/g/DDATA/n/d",
    "homeassistant/sensor/a/config",
    "homeassistant/binary_sensor/n/a/config",
    "homeassistant/climate/n/a/config",
    "homeassistant/device/a/config",
    "a/sensor/temperature/state",
    "a/binary_sensor/door/state",
    "a/sensor/status",
    "a/status",
)
NAMES = (
    *METRICS, "at", "position", "probes", "temperature_l1", "illuminance_lux", "contact", "last_seen",
    "external_temperature", "local_temperature", "Time", "Epoch", "TempUnit", "PressureUnit", "DS18B20",
    "Id", "mac", "Device", "Name", "Temperature", "Temperature1", "Humidity", "Pressure", "Battery", "ENERGY",
    "Total", "Voltage", "ZbReceived", "0x8F20", "StatusSNS", "StatusSTS", "Wifi", "Signal", "Vcc", "state",
    "object", "objectJSON", "data", "rxInfo", "rssi", "deviceInfo", "deviceName", "history", "timestamp",
    "messages", "measurementId", "TempC_SHT", "temperature_chn1", "BatV", "magnet_status", "time",
    "batteryLevel", "uplink_message", "normalized_payload", "decoded_payload", "air", "action", "rx_metadata",
    "received_at", "ts", "values", "device", "bn", "bt", "bu", "bv", "n", "u", "v", "vb", "t", "tempc",
    "tempf", "tempc1", "hum", "batt", "volt", "pres", "open", "model", "id", "channel", "mac", "name",
    "temperature_C", "tmp", "units", "tC", "is_valid", "bat", "value", "ext_temperature", "0", "params",
    "temperature:0", "switch:0", "aenergy", "total", "errors", "devicepower:0", "external", "present",
    "percent", "bthomesensor:200", "bthomedevice:200", "result", "components", "key", "config", "addr",
    "obj_id", "idx", "events", "address", "pid", "window", "dataFormat", "gwts", "gw_mac", "src", "method",
    "rh", "nodes", "n", "properties", "unit", "datatype", "format", "root", "stat_t", "dev_cla", "val_tpl",
    "unit_of_meas", "avty_t", "avty", "dev", "ids", "cmps", "p", "~", "pl_on", "curr_temp_t", "ent_cat",
)  # fmt: skip
TEXTS = (
    "", "3.9", "nan", "-inf", "1e999", "1_0", "F", "K", "inHg", "X", "online", "open", "2026-03-12T07:15:32",
    "2026-03-12T07:15:32+08:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1970-01-01T00:00",
    "2026-W11-4T07:15", "٣", "NotifyEvent", "bc:02:6e:c3:97:31", "read",
    "0201061BFF990405F18C7EF4A4A6FFF8001C0410AC360300CDCBB8334C884F", "FF9904E1",
    "\ud800", "\0", "库", "9" * 400,
)  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(TEXTS), st.text(max_size=8),
    st.sampled_from([10**300, 10**400, -(10**25), 2**63, 1_773_270_932]),
)  # fmt: skip
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=8))
bodies = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)),
    max_leaves=10,
)
objects = st.dictionaries(names, bodies, max_size=5)


MEMORIES: defaultdict[str, FamilyMemory] = defaultdict(FamilyMemory)
"""They go on from message to message, as the listener's do."""


def check(topic: str, payload: bytes) -> None:
    route = ROUTER.find(topic)
    assert route is not None
    memory = MEMORIES[route.family]
    context = DecodeContext(ZONE, 1_773_271_000_000, memory=memory)
    try:
        reports = route.decode(topic, payload, context)
    except DecodeError as refused:
        reason, reports = refused.reason, []
    else:
        reason = "null"
    assert reason in REASONS
    memory.on_committed()
    for command in context.commands:
        assert command.topic.encode()
    for report in reports:
        assert report.device
        report.name.encode()
        report.gateway.encode()
        assert not report.undecoded or report.undecoded in REASONS
        for value in report.values:
            assert value.metric in METRICS
            assert type(value.value) is float
            assert isfinite(value.value)
            assert value.at is None or (type(value.at) is int and 0 <= value.at < 1 << 63)
            value.position.encode()
            assert len(value.position) <= 70
        for invalid in report.invalid:
            assert invalid.metric in METRICS or invalid.metric == ""
            assert invalid.reason in REASONS
            invalid.position.encode()
        keys = [(value.metric, value.position, value.at) for value in report.values]
        if not payload.lstrip().startswith(b"["):
            assert len(keys) == len(set(keys))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topic=st.sampled_from(TOPICS), payload=st.binary())
def test_random_bytes_never_stop_it(topic: str, payload: bytes) -> None:
    check(topic, payload)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topic=st.sampled_from(TOPICS), body=st.one_of(objects, bodies))
def test_odd_json_never_stops_it(topic: str, body: Any) -> None:
    check(topic, json.dumps(body, ensure_ascii=True).encode())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topic=st.sampled_from(TOPICS), body=objects, cut=st.integers(0, 60), noise=st.binary(max_size=3))
def test_damaged_json_never_stops_it(topic: str, body: Any, cut: int, noise: bytes) -> None:
    payload = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    check(topic, payload[:cut] + noise + payload[cut + len(noise) :])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "payload",
    [b"[" * 100_000, b'{"temperature":' * 100_000, b'{"temperature":' + b"9" * 5000 + b"}", b"1" * 100_000],
)
def test_depth_and_length_never_stop_it(topic: str, payload: bytes) -> None:
    check(topic, payload)
