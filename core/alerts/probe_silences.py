"""How long one of a room's series is silent, and whether another alert explains it already.

One cause is one alert: a device that stops silences all its series. Its lead series speaks for it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from core.metrics import METRICS

FOR_PEOPLE = ("co2", "co")
"""Metrics by which people know whether they may go in. Without them nobody waits for the morning."""


class SeriesSilence(NamedTuple):
    """One series of a probe. `quiet`: how long (ms) it has reported nothing while the listener was
    connected; `quiet_after`: when it counts as silent. `regular`: it reported more than
    once. `is_told`: its silence has an alert."""

    series: int
    metric: str
    quiet: int
    quiet_after: int
    regular: bool = True
    is_told: bool = False


class Silence(NamedTuple):
    quiet: int
    quiet_after: int


def lead(of_probe: Sequence[SeriesSilence]) -> SeriesSilence:
    """The series that speaks for its probe: temperature before any other metric."""
    return min(of_probe, key=lambda silence: (METRICS[silence.metric].rank, silence.metric, silence.series))


def counts(silence: SeriesSilence, of_probe: Sequence[SeriesSilence]) -> bool:
    """Whether anybody expects the series to report: a metric that a device sent only once is no loss."""
    return silence.regular or silence == lead(of_probe)


def is_whole_probe_silent(of_probe: Sequence[SeriesSilence]) -> bool:
    silence = _of_whole_probe(of_probe)
    return silence.quiet >= silence.quiet_after


def silence_of(silence: SeriesSilence, of_probe: Sequence[SeriesSilence]) -> Silence:
    """The silence of a series. The lead counts as silent when its whole probe is, although it usually
    reports less often than the others."""
    if silence == lead(of_probe) and is_whole_probe_silent(of_probe):
        return _of_whole_probe(of_probe)
    return Silence(silence.quiet, silence.quiet_after)


def is_explained_by_probe(silence: SeriesSilence, of_probe: Sequence[SeriesSilence]) -> bool:
    """Whether another series of the same silent probe speaks for this one. Air that people breathe speaks
    for itself."""
    if not is_whole_probe_silent(of_probe):
        return False
    if any(other.is_told for other in of_probe if other.series != silence.series):
        return True
    return silence != lead(of_probe) and silence.metric not in FOR_PEOPLE


def _of_whole_probe(of_probe: Sequence[SeriesSilence]) -> Silence:
    return Silence(
        min(silence.quiet for silence in of_probe), min(silence.quiet_after for silence in of_probe)
    )
