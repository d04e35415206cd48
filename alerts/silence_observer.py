"""Observations for the condition `probe_silent`: which series are silent, and what explains it already."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from alerts.room_config import ROOM_METRIC, PlacedSeries, ProbeGroup, RoomConfig
from core.alerts.alerts import AlertKey, Condition
from core.alerts.judging import ConditionState, ProbeObservation, ProbeSubject, RoomObservation
from core.alerts.probe_silences import SeriesSilence, counts, is_explained_by_probe, silence_of
from core.alerts.reporting_interval import QUIET_AT_LEAST
from core.devices.silence_causes import silent_gateways
from core.metrics import SENDS
from core.rooms.places import PositionClass

ROOM_CLASSES = (PositionClass.AIR, PositionClass.CORE)
Observe = Callable[[PlacedSeries], ProbeObservation | None]
States = Mapping[AlertKey, ConditionState]


@dataclass(frozen=True)
class SilenceObserver:
    """Observes as of one moment. `observe`: the probe of a placed series, None if it never reported."""

    config: RoomConfig
    states: States
    observe: Observe
    _told_gateways: dict[str, bool] = field(default_factory=dict)

    def keys(self, heard: Iterable[tuple[int, int]], listened: int) -> set[AlertKey]:
        """The keys of placed series that reported nothing for a while. `heard`: series and its last report,
        on the clock of `listened`."""
        return {
            _key(place)
            for series, at in heard
            if listened - at >= QUIET_AT_LEAST
            and (place := self.config.placed.get(series)) is not None
            and place.group.metric in SENDS
        }

    def room_observation(self, now: int, key: AlertKey) -> RoomObservation:
        place = self.config.placed.get(key.series)
        group = ProbeGroup(key.room, key.metric, key.position_class)
        limit = self.config.limits.get(group)
        empty = key.room in self.config.empty
        if place is None and (arrived := self.config.arrived(key.series)) is not None:
            heard = self.observe(arrived)
            subject = None if heard is None else ProbeSubject(heard, key.metric, key.position_class)
            return RoomObservation(now, limit, [], empty, subject)
        probe = self.observe(place) if place is not None and place.group == group else None
        if place is None or probe is None:
            return RoomObservation(now, limit, [], empty)
        of_probe = self._of_probe(place, now)
        own = next(silence for silence in of_probe if silence.series == key.series)
        if not counts(own, of_probe):
            return RoomObservation(now, limit, [], empty)
        silence = silence_of(own, of_probe)
        subject = ProbeSubject(
            probe._replace(quiet=silence.quiet, quiet_after=silence.quiet_after),
            key.metric,
            key.position_class,
            self._was_outside(key, probe.spot),
            never_heard=place.is_awaited,
        )
        others = [
            other
            for other_place in self._of_metric(key.room, key.metric)
            if other_place.series != key.series and (other := self.observe(other_place)) is not None
        ]
        explained = silence.quiet >= silence.quiet_after and (
            is_explained_by_probe(own, of_probe)
            or self._is_room_silent(key.room)
            or self._is_gateway_told(place.gateway)
        )
        return RoomObservation(now, limit, others, empty, subject, explained)

    def _of_metric(self, room: int, metric: str) -> list[PlacedSeries]:
        groups = (ProbeGroup(room, metric, str(position_class)) for position_class in ROOM_CLASSES)
        return [place for group in groups for place in self.config.groups.get(group, ())]

    def _of_probe(self, place: PlacedSeries, now: int) -> list[SeriesSilence]:
        """The series of the same probe. Its silence begins at the earliest when it was placed."""
        return [
            SeriesSilence(
                placed.series,
                placed.group.metric,
                min(probe.quiet, now - placed.valid_from),
                probe.quiet_after,
                probe.regular,
                self.states.get(_key(placed), ConditionState()).severity is not None,
            )
            for placed in self.config.of_device(place.device)
            if placed.position == place.position
            and placed.group.metric in SENDS
            and (probe := self.observe(placed)) is not None
        ]

    def _was_outside(self, key: AlertKey, spot: str) -> bool:
        """Whether its last values began a breach or hold an alert open."""
        for condition in (Condition.HIGH, Condition.LOW):
            state = self.states.get(AlertKey(key.room, condition, key.metric, key.position_class))
            timer = None if state is None or state.since is None else state.outside
            if timer is not None and timer.spot == spot:
                return True
        return False

    def _is_room_silent(self, room: int) -> bool:
        probes = [self.observe(place) for place in self._of_metric(room, ROOM_METRIC)]
        observed = [probe for probe in probes if probe is not None]
        return bool(observed) and all(probe.quiet >= probe.quiet_after for probe in observed)

    def _is_gateway_told(self, gateway: str) -> bool:
        """Whether the whole gateway is silent, and an open alert about a room that it serves says so."""
        if not gateway:
            return False
        if gateway not in self._told_gateways:
            served = [placed for placed in self.config.placed.values() if placed.gateway == gateway]
            devices = _silent_devices(served, self.observe)
            silent = silent_gateways((gateway, silent) for silent in devices.values())
            is_told = any(self._is_told_as_room(placed.group.room) for placed in served)
            self._told_gateways[gateway] = is_told and gateway in silent
        return self._told_gateways[gateway]

    def _is_told_as_room(self, room: int) -> bool:
        state = self.states.get(AlertKey(room, Condition.SILENT, ROOM_METRIC, ""))
        return state is not None and state.severity is not None


def _silent_devices(served: Iterable[PlacedSeries], observe: Observe) -> dict[str, bool]:
    """Device -> whether all its series are silent."""
    silent: dict[str, bool] = defaultdict(lambda: True)
    for place in served:
        probe = observe(place)
        if probe is not None:
            silent[place.device] &= probe.quiet >= probe.quiet_after
    return silent


def _key(place: PlacedSeries) -> AlertKey:
    return AlertKey(
        place.group.room,
        Condition.PROBE_SILENT,
        place.group.metric,
        place.group.position_class,
        place.series,
    )
