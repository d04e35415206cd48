"""How well a device is heard, in one word, from dBm or from zigbee's link quality (0 to 255)."""

from enum import StrEnum


class SignalQuality(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


LORA = frozenset(("chirpstack", "tts"))
_RADIO = (-67.0, -77.0)
"""WLAN, Bluetooth, a mobile modem: above the first good, below the second poor."""
_LORA = (-105.0, -117.0)
"""LoRa still decodes 20 dB below the noise."""
_QUALITY = (80.0, 40.0)


def signal_quality(family: str, signal: float | None, quality: float | None) -> SignalQuality | None:
    """`signal` in dBm, else zigbee's `quality`; `None` where the device says neither."""
    if signal is not None and signal < 0:
        good, fair = _LORA if family in LORA else _RADIO
        return _word(signal, good, fair)
    return None if quality is None else _word(quality, *_QUALITY)


def _word(value: float, good: float, fair: float) -> SignalQuality:
    return (
        SignalQuality.GOOD if value >= good else SignalQuality.FAIR if value >= fair else SignalQuality.POOR
    )
