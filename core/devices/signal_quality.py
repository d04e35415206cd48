"""Signal quality of a device, from dBm or Zigbee's link quality (0 to 255)."""

from enum import StrEnum


class SignalQuality(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


LORA = frozenset(("chirpstack", "tts"))
_RADIO = (-67.0, -77.0)
"""WLAN, Bluetooth, mobile modem: good from the first value (dBm), poor below the second."""
_LORA = (-105.0, -117.0)
"""LoRa can decode 20 dB below the noise."""
_QUALITY = (80.0, 40.0)


def signal_quality(family: str, signal: float | None, quality: float | None) -> SignalQuality | None:
    """`signal` is in dBm; without it, Zigbee's `quality` counts. None if the device reports neither."""
    if signal is not None and signal < 0:
        good, fair = _LORA if family in LORA else _RADIO
        return _word(signal, good, fair)
    return None if quality is None else _word(quality, *_QUALITY)


def _word(value: float, good: float, fair: float) -> SignalQuality:
    return (
        SignalQuality.GOOD if value >= good else SignalQuality.FAIR if value >= fair else SignalQuality.POOR
    )
