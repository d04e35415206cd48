"""Five families mixed: the durable listener compared with the idle stock paho client, as in
`benchmarks.ingest`."""

import json
from datetime import UTC, datetime

from benchmarks.ingest import DEVICES, MESSAGES, message, rates


def _zigbee2mqtt(index: int, at: int) -> tuple[str, bytes]:
    body = {
        "battery": 87,
        "humidity": round(90 + index % 83 / 10, 1),
        "last_seen": at,
        "linkquality": 120,
        "temperature": round(3 + index % 97 / 50, 2),
        "voltage": 3025,
    }
    return f"zigbee2mqtt/room-{index % DEVICES:04d}", json.dumps(body).encode()


def _tasmota(index: int, at: int) -> tuple[str, bytes]:
    time = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
    probes = {
        f"DS18B20-{probe}": {"Id": f"0000{index % DEVICES:04d}000{probe}", "Temperature": 3 + probe / 10}
        for probe in (1, 2)
    }
    return f"tele/room-{index % DEVICES:04d}/SENSOR", json.dumps(
        {"Time": time, **probes, "TempUnit": "C"}
    ).encode()


def _chirpstack(index: int, at: int) -> tuple[str, bytes]:
    eui = f"24e124136b{index % DEVICES:06d}"
    body = {
        "time": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
        "deviceInfo": {"deviceName": f"em300-{index % DEVICES}", "devEui": eui},
        "fCnt": index,
        "fPort": 85,
        "data": "AXVcA2cdAARoZQ==",
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -101, "snr": 3.5}],
        "object": {"battery": 92, "humidity": 86.5, "temperature": round(3 + index % 97 / 50, 2)},
    }
    return f"application/1/device/{eui}/event/up", json.dumps(body).encode()


def _shelly(index: int, at: int) -> tuple[str, bytes]:
    device = f"shellyplusht-{index % DEVICES:012d}"
    params = {
        "ts": at / 1000,
        "temperature:0": {"id": 0, "tC": round(3 + index % 97 / 50, 1), "tF": 40.6},
        "humidity:0": {"id": 0, "rh": 82.2},
    }
    body = {"src": device, "dst": f"{device}/events", "method": "NotifyStatus", "params": params}
    return f"{device}/events/rpc", json.dumps(body).encode()


FAMILIES = (message, _zigbee2mqtt, _tasmota, _chirpstack, _shelly)


def mixed(index: int, started: int) -> tuple[str, bytes]:
    family = FAMILIES[index % len(FAMILIES)]
    if family is message:
        return message(index, started)
    return family(index, started - (MESSAGES - index))


def run() -> dict[str, float]:
    durable, stock = rates(mixed)
    return {
        "ingest_mixed_messages_per_s": durable,
        "stock_mixed_messages_per_s": stock,
        "ingest_ratio_mixed": durable / stock,
    }
