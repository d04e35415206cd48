"""Advice before goods are put into a room."""

from sqlalchemy import Connection

from core.catalogue.produce import REFUSE, WARN, Band, Clash, Produce, overlap
from core.errors import Refused
from core.rooms.limits import clashes_among
from core.wording import COMPACT
from core.wording.numbers import degrees_range
from core.wording.weights import weight
from store.catalogue.produce import produce_of
from store.people.federation import weight_unit
from store.rooms import limits, places
from store.rooms.stock_on_hand import contents


def clashes_with(tx: Connection, room: int, goods: Produce) -> list[Clash]:
    """Clashes of `goods` with the room's current goods, refusals first."""
    held = [name for name, _ in contents(tx, room).get(room, [])]
    clashes = [clash for other in produce_of(tx, held).values() for clash in clashes_among((other, goods))]
    return sorted(clashes, key=lambda clash: clash.severity != REFUSE)


def advice(tx: Connection, room: int, goods: str, grams: int = 0) -> list[Clash]:
    """All refusals and warnings for this amount (room too full, unsuitable limits set by hand). Refused:
    an unknown room or produce."""
    place = places.existing_room(tx, room)
    kind = produce_of(tx, [goods]).get(goods)
    if kind is None:
        raise Refused("unknown_produce", "品类表里没有这个:%(produce)s", produce=goods, field="produce")
    clashes = clashes_with(tx, room, kind)
    clashes += _too_full(tx, place, grams)
    clashes += _by_hand(tx, place, kind)
    return clashes


def _too_full(tx: Connection, room: places.Room, grams: int) -> list[Clash]:
    if room.capacity_grams is None:
        return []
    grams_after = sum(held for _, held in contents(tx, room.id).get(room.id, [])) + grams
    if grams_after <= room.capacity_grams:
        return []
    unit = weight_unit(tx)
    most, full = (weight(grams, unit, COMPACT) for grams in (room.capacity_grams, grams_after))
    facts = {"room": room.name, "most": most, "there": full}
    return [Clash("too_full", WARN, "%(room)s最多放%(most)s,放进去就有%(there)s了", facts)]


def _by_hand(tx: Connection, room: places.Room, goods: Produce) -> list[Clash]:
    """Warnings if the goods do not suit limits set by hand, for example potatoes at 14 °C."""
    if room.limits_from != "hand":
        return []
    for limit in limits.current(tx, room.id):
        if limit.metric == "temperature" and limit.position_class == "air":
            low = goods.temp_safe.low if limit.safe_low is None else limit.safe_low
            high = goods.temp_safe.high if limit.safe_high is None else limit.safe_high
            if overlap(Band(low, high), goods.temp_safe) is None:
                facts = {"room": room.name, "a": goods.name, "a_en": goods.name_en}
                facts["a_range"] = degrees_range(*goods.temp_safe)
                text = "%(room)s的温度是手工设的,和%(a)s要的%(a_range)s不合"
                return [Clash("hand_limits", WARN, text, facts)]
    return []
