"""校准: what lies in ice water and how it settles; what was calibrated, for the record."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.context import ApiContext
from core.readings.calibrations import ICE_FOR, ICE_MOST_K, METHODS, IceSettling, settling
from core.readings.readings import METRICS
from store.devices.device_names import names
from store.devices.devices import reported_names
from store.devices.ice_baths import METRIC, IceBath, in_ice
from store.journal.series import all_series
from store.readings.calibrations import Calibration, calibrations, last_of
from store.rooms.places import placements, room_names
from store.rooms.timezones import timezones
from web.base.localizer import Localizer
from web.base.names import short_people_names
from web.devices.device_list_view import DeviceRow, due_word, key_of, lines
from web.devices.device_view import signed


@dataclass(frozen=True, slots=True)
class SoakingProbe:
    """One probe in the pot. `ready`: 记为0度 may be pressed."""

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


def settled(about: ApiContext, bath: IceBath, now: int) -> IceSettling:
    """What the probe came to in the ice, by its raw values."""
    with about.dbs.journal.read() as tx:
        known = all_series(tx).values()
    wanted = (METRIC, bath.device, bath.position)
    number = next((one.id for one in known if (one.metric, one.device, one.position) == wanted), 0)
    return settling(about.recent.temperatures(now).get(number, ()), bath.started_at, now)


def pot(about: ApiContext, words: Localizer, now: int) -> IcePot:
    with about.dbs.records.read() as tx:
        baths = in_ice(tx, now)
    known = {(one.device, one.position): one for one in lines(about, words, now)} if baths else {}
    found = [_soaking(bath, settled(about, bath, now), known.get(_probe(bath)), words, now) for bath in baths]
    return IcePot(found, [one.key for one in found if one.ready])


def to_put_in(about: ApiContext, words: Localizer, now: int) -> list[DeviceRow]:
    """Probes that measure a temperature and do not lie in ice: those that stand nowhere first."""
    with about.dbs.journal.read() as tx:
        warm = {(one.device, one.position) for one in all_series(tx).values() if one.metric == METRIC}
    found = [one for one in lines(about, words, now) if (one.device, one.position) in warm]
    dry = [one for one in found if not one.in_ice and not one.replaced]
    return sorted(dry, key=lambda one: one.room_id > 0)


def _probe(bath: IceBath) -> tuple[str, str]:
    return bath.device, bath.position


def _soaking(
    bath: IceBath, found: IceSettling, line: DeviceRow | None, words: Localizer, now: int
) -> SoakingProbe:
    key = key_of(bath.device, bath.position)
    ready = found.steady and found.value is not None and abs(found.value) <= ICE_MOST_K
    return SoakingProbe(
        key=key,
        ident=line.ident if line else f"bath{bath.id}",
        name=(line.name if line else bath.device) + (f" / {bath.position}" if bath.position else ""),
        place=f"{line.room} {line.spot}" if line and line.room_id else "",
        shown="" if found.value is None else words("%(value)s度", value=words.figure(found.value, 2)),
        since=words("放进去%(long)s", long=words.long(now - bath.started_at)),
        says=_says(found, bath, words, now),
        ready=ready,
    )


def _says(found: IceSettling, bath: IceBath, words: Localizer, now: int) -> str:
    if found.value is None:
        return words("还没来过数")
    if not found.steady:
        left = bath.started_at + ICE_FOR - now
        return words("还在变，再等%(long)s", long=words.long(left)) if left > 0 else words("还在变，再等一等")
    if abs(found.value) > ICE_MOST_K:
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


def record(about: ApiContext, words: Localizer, now: int) -> list[CalibrationRecordRow]:
    """Everything ever calibrated, the latest first."""
    with about.dbs.records.read() as tx:
        found = calibrations(tx)
        zones = timezones(tx)
        places = room_names(tx)
        standing = {(one.device, one.position): one for one in placements(tx)}
        called = names(tx)
        who = short_people_names(tx)
    with about.dbs.journal.read() as tx:
        own = reported_names(tx)
    last = {one.id for one in last_of(found).values()}

    def entry(one: Calibration) -> CalibrationRecordRow:
        place = standing.get((one.device, one.position))
        zone = zones.of_device(one.device)
        name = called[one.device].name if one.device in called else own.get(one.device) or one.device
        decimals = METRICS[one.metric].decimals and 2
        return CalibrationRecordRow(
            day=words.iso_day(one.done_at, zone),
            probe=name + (f" / {one.position}" if one.position else ""),
            place=f"{places.get(place.room, '')} {words.spot(place.spot)}" if place else "",
            metric=words.metric(one.metric),
            reference="" if one.reference is None else words.figure(one.reference, decimals),
            measured="" if one.measured is None else words.figure(one.measured, decimals),
            offset=signed(words, one.offset, METRICS[one.metric].decimals),
            method=words(METHODS.get(one.method, one.method)),
            certificate=one.certificate,
            by=who.get(one.by or 0, ""),
            due=(
                due_word(words, one.due_at, now, lambda at: words.iso_day(at, zone)) if one.id in last else ""
            )
            or ("" if one.due_at is None else words.iso_day(one.due_at, zone)),
            last=one.id in last,
        )

    return [entry(one) for one in found]
