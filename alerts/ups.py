"""Reads the box's battery: what the kernel knows of it, or a UPS through Network UPS Tools.

Source: kernel.org Documentation/ABI/testing/sysfs-class-power (µWh, µW, µAh, µA, s);
networkupstools.org RFC 9271 and docs/nut-names (ups.status, battery.charge, battery.runtime in s).
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

from core.overview.battery_runtime import PowerSupply

SYSFS = Path("/sys/class/power_supply")
ASK_S = 3.0
_BATTERIES = ("Battery", "UPS")

Reader = Callable[[], PowerSupply | None]
"""Returns None if there is no battery or it does not answer."""


class UpsReader:
    """Reads the UPS of a name (`ups@localhost`), which somebody expects to answer."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> PowerSupply | None:
        return nut_supply(self.name)


def reader(ups: str | None, folder: Path = SYSFS) -> Reader:
    """Reads the UPS of that name if one is set, else this machine's battery."""
    return UpsReader(ups) if ups else (lambda: machine_supply(folder))


def nut_supply(ups: str) -> PowerSupply | None:
    try:
        answer = subprocess.run(
            ["upsc", ups],
            capture_output=True,
            text=True,
            timeout=ASK_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode != 0:
        return None
    facts = dict(line.split(": ", 1) for line in answer.stdout.splitlines() if ": " in line)
    flags = facts.get("ups.status", "").split()
    if not flags:
        return None
    seconds = _number(facts.get("battery.runtime"))
    return PowerSupply(
        "OB" in flags,
        _number(facts.get("battery.charge")),
        None if seconds is None else seconds / 60,
        "LB" in flags,
    )


def machine_supply(folder: Path = SYSFS) -> PowerSupply | None:
    """Combines several batteries: the fullest gives the charge."""
    try:
        parts = sorted(folder.iterdir())
    except OSError:
        return None
    batteries = [part for part in parts if _text(part / "type") in _BATTERIES]
    present = [
        part for part in batteries if _text(part / "present") != "0" and _text(part / "scope") != "Device"
    ]
    if not present:
        return None
    mains = [_text(part / "online") for part in parts if _text(part / "type") in ("Mains", "USB")]
    states = {_text(part / "status") for part in present}
    capacities = [_number(_text(part / "capacity")) for part in present]
    percents = [percent for percent in capacities if percent is not None]
    minutes = [left for left in map(_minutes, present) if left is not None]
    return PowerSupply(
        "1" not in mains if mains else "Discharging" in states,
        max(percents, default=None),
        max(minutes, default=None),
    )


def _minutes(battery: Path) -> float | None:
    seconds = _number(_text(battery / "time_to_empty_now"))
    if seconds is not None:
        return seconds / 60
    for left, drain in (("energy_now", "power_now"), ("charge_now", "current_now")):
        amount, rate = _number(_text(battery / left)), _number(_text(battery / drain))
        if amount is not None and rate:
            return amount / abs(rate) * 60
    return None


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
