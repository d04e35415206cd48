"""Likely causes of a silent device, so that the technician brings the right part."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from core.devices.signal_quality import SignalQuality
from core.times import DAY_MS

LOW_BATTERY = 20.0


class LikelyCause(StrEnum):
    GATEWAY = "gateway"
    """All its devices are silent, so the probe is not the cause."""
    BATTERY = "battery"
    RADIO = "radio"
    SPARE = "spare"


def likely_causes(
    battery: float | None, link: SignalQuality | None, *, gateway_silent: bool
) -> list[LikelyCause]:
    """The likeliest cause first. A spare probe is listed only if nothing else explains the silence."""
    if gateway_silent:
        return [LikelyCause.GATEWAY]
    causes = []
    if battery is not None and battery <= LOW_BATTERY:
        causes.append(LikelyCause.BATTERY)
    if link == SignalQuality.POOR:
        causes.append(LikelyCause.RADIO)
    return causes or [LikelyCause.SPARE, LikelyCause.BATTERY]


def silent_gateways(devices: Iterable[tuple[str, bool]]) -> set[str]:
    """Gateways with at least two devices that are all silent. `devices` are (gateway, silent) pairs."""
    silent_by_gateway: dict[str, list[bool]] = {}
    for gateway, silent in devices:
        if gateway:
            silent_by_gateway.setdefault(gateway, []).append(silent)
    return {gateway for gateway, silent in silent_by_gateway.items() if len(silent) > 1 and all(silent)}


def minutes_left(levels: Mapping[int, float], now: int, empty: float = 10.0) -> int | None:
    """Minutes until a battery reaches `empty` %, from a straight line through its daily means (ms -> %).
    None if it does not fall, or if less than two weeks are known."""
    if len(levels) < 2 or max(levels) - min(levels) < 14 * DAY_MS:
        return None
    days = [(at - now) / DAY_MS for at in levels]
    values = list(levels.values())
    mean_day, mean = sum(days) / len(days), sum(values) / len(values)
    spread = sum((day - mean_day) ** 2 for day in days)
    slope = sum((day - mean_day) * (value - mean) for day, value in zip(days, values, strict=True)) / spread
    if slope > -0.02:  # voltage noise, not use
        return None
    level = mean - slope * mean_day
    return max(0, round((level - empty) / -slope * 1440))
