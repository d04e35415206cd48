"""The value at the end of an alert that has no bound."""

from collections.abc import Iterable

from core.alerts.judging import ProbeObservation


def latest_value(probes: Iterable[ProbeObservation]) -> float | None:
    values = [(probe.value, probe.at) for probe in probes if probe.value is not None]
    return max(values, key=lambda value_at: value_at[1])[0] if values else None
