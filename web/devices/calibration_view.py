"""Calibration views: probes in an ice bath and their settling, and the calibration record."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.context import ApiContext
from core.metrics import METRICS
from core.readings.calibrations import ICE_FOR, ICE_MOST_K, METHODS, IceSettling, ice_settling, reads_zero
from store.devices.device_names import names
from store.devices.devices import reported_names
from store.devices.ice_baths import METRIC, IceBath, in_ice
from store.journal.series import all_series
from store.readings.calibrations import Calibration, calibrations, last_of
from store.rooms.places import placements, room_names
from store.rooms.timezones import timezones
from web.base.localizer import Localizer
from web.base.names import short_people_names
from web.devices.device_list_view import DeviceRow, device_rows, due_text, probe_key
from web.devices.device_view import signed_offset


@dataclass(frozen=True, slots=True)
class SoakingProbe:
    """One probe in the ice bath. `ready`: 记为0度 may be pressed."""

    key: str
    ident: str
    name: str
    place: str
    shown: str
    since: str
    says: str
    ready: bool


@dataclass(frozen=True, slots=True)
class IcePot:
    soaking: Sequence[SoakingProbe]
    ready: Sequence[str]


def bath_settling(context: ApiContext, bath: IceBath, now: int) -> IceSettling:
    """The value at which the probe settles in ice, from its raw values."""
    with context.dbs.journal.read() as tx:
        every_series = all_series(tx).values()
    wanted = (METRIC, bath.device, bath.position)
    series_id = next(
        (series.id for series in every_series if (series.metric, series.device, series.position) == wanted), 0
    )
    return ice_settling(context.recent.temperatures(now).get(series_id, ()), bath.started_at, now)


def ice_pot(context: ApiContext, words: Localizer, now: int) -> IcePot:
    with context.dbs.records.read() as tx:
        baths = in_ice(tx, now)
    rows_by_probe = (
        {(row.device, row.position): row for row in device_rows(context, words, now)} if baths else {}
    )
    soaking = [
        _soaking(bath, bath_settling(context, bath, now), rows_by_probe.get(_probe(bath)), words, now)
        for bath in baths
    ]
    return IcePot(soaking, [probe.key for probe in soaking if probe.ready])


def probes_to_put_in(context: ApiContext, words: Localizer, now: int) -> list[DeviceRow]:
    """Temperature probes that are not in an ice bath; unplaced ones first."""
    with context.dbs.journal.read() as tx:
        warm = {
            (series.device, series.position) for series in all_series(tx).values() if series.metric == METRIC
        }
    rows = [row for row in device_rows(context, words, now) if (row.device, row.position) in warm]
    dry = [row for row in rows if not row.in_ice and not row.replaced]
    return sorted(dry, key=lambda row: row.room_id > 0)


def _probe(bath: IceBath) -> tuple[str, str]:
    return bath.device, bath.position


def _soaking(
    bath: IceBath, settling: IceSettling, row: DeviceRow | None, words: Localizer, now: int
) -> SoakingProbe:
    key = probe_key(bath.device, bath.position)
    return SoakingProbe(
        key=key,
        ident=row.ident if row else f"bath{bath.id}",
        name=(row.name if row else bath.device) + (f" / {bath.position}" if bath.position else ""),
        place=f"{row.room} {row.spot}" if row and row.room_id else "",
        shown="" if settling.value is None else words("%(value)s度", value=words.figure(settling.value, 2)),
        since=words("放进去%(long)s", long=words.long(now - bath.started_at)),
        says=_settling_text(settling, bath, words, now),
        ready=reads_zero(settling),
    )


def _settling_text(settling: IceSettling, bath: IceBath, words: Localizer, now: int) -> str:
    if settling.value is None:
        return words("还没来过数")
    if not settling.steady:
        left = bath.started_at + ICE_FOR - now
        return words("还在变，再等%(long)s", long=words.long(left)) if left > 0 else words("还在变，再等一等")
    if abs(settling.value) > ICE_MOST_K:
        return words("不像在冰水里：多放冰，搅一搅")
    return words("稳了")


@dataclass(frozen=True, slots=True)
class CalibrationRecordRow:
    """One line of the record."""

    day: str
    probe: str
    place: str
    metric: str
    reference: str
    measured: str
    offset: str
    method: str
    certificate: str
    by: str
    due: str
    last: bool


def calibration_record(context: ApiContext, words: Localizer, now: int) -> list[CalibrationRecordRow]:
    """All calibrations, newest first."""
    with context.dbs.records.read() as tx:
        done = calibrations(tx)
        zones = timezones(tx)
        places = room_names(tx)
        standing = {(placement.device, placement.position): placement for placement in placements(tx)}
        given_names = names(tx)
        who = short_people_names(tx)
    with context.dbs.journal.read() as tx:
        own_names = reported_names(tx)
    last = {calibration.id for calibration in last_of(done).values()}

    def entry(calibration: Calibration) -> CalibrationRecordRow:
        place = standing.get((calibration.device, calibration.position))
        zone = zones.of_device(calibration.device)
        name = (
            given_names[calibration.device].name
            if calibration.device in given_names
            else own_names.get(calibration.device) or calibration.device
        )
        decimals = METRICS[calibration.metric].decimals and 2
        return CalibrationRecordRow(
            day=words.iso_day(calibration.done_at, zone),
            probe=name + (f" / {calibration.position}" if calibration.position else ""),
            place=f"{places.get(place.room, '')} {words.spot(place.spot)}" if place else "",
            metric=words.metric(calibration.metric),
            reference="" if calibration.reference is None else words.figure(calibration.reference, decimals),
            measured="" if calibration.measured is None else words.figure(calibration.measured, decimals),
            offset=signed_offset(words, calibration.offset, METRICS[calibration.metric].decimals),
            method=words(METHODS.get(calibration.method, calibration.method)),
            certificate=calibration.certificate,
            by=who.get(calibration.by or 0, ""),
            due=(
                due_text(words, calibration.due_at, now, lambda at: words.iso_day(at, zone))
                if calibration.id in last
                else ""
            )
            or ("" if calibration.due_at is None else words.iso_day(calibration.due_at, zone)),
            last=calibration.id in last,
        )

    return [entry(calibration) for calibration in done]
