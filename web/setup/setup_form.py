"""The form of the first start: parsed, validated, stored in one transaction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.errors import Refused
from core.people.people import NewPerson, Role
from core.rooms.places import NewRoom, RoomKind
from core.stock.new_entries import NewLot
from core.stock.weights import parse_tonnes
from store.catalogue.produce import seed
from store.people.federation import add_cooperative, add_federation, add_site, add_village
from store.people.people import add_person
from store.rooms.places import add_room, declare_empty
from store.stock.ledger import receive
from web.base.forms import SubmittedForm
from web.base.localizer import N_, Localizer
from web.base.password_fields import check_password_fields

VILLAGES = 3
"""Rows on the empty form; the page always adds one empty row."""
ROOMS_MOST = 40

HOLDS: dict[str, Sequence[tuple[str, str]]] = {
    RoomKind.COLD_ROOM: (
        ("potato_table", N_("土豆")),
        ("potato_seed", N_("种薯")),
        ("sweetpotato", N_("红薯")),
        ("mushroom_oyster", N_("鲜平菇")),
        ("mushroom_shiitake", N_("鲜香菇")),
        ("apple", N_("苹果")),
        ("empty", N_("空着")),
        ("", N_("还没定")),
    ),
    RoomKind.MUSHROOM_SHED: (
        ("oyster/fruiting", N_("平菇出菇")),
        ("oyster/spawn_run", N_("平菇发菌")),
        ("shiitake/fruiting", N_("香菇出菇")),
        ("shiitake/spawn_run", N_("香菇发菌")),
        ("king_oyster/fruiting", N_("杏鲍菇出菇")),
        ("empty", N_("空着")),
        ("", N_("还没定")),
    ),
}


@dataclass(frozen=True, slots=True)
class VillageRow:
    name: str
    code: str
    cooperative: str


@dataclass(frozen=True, slots=True)
class RoomRow:
    """`holds`: a produce id, a crop's phase, "empty", or "" if undecided. `owner`: index of the
    cooperative, from 0."""

    number: int
    kind: str
    name: str
    holds: str
    tonnes: str
    owner: int


@dataclass(frozen=True, slots=True)
class SetupForm:
    villages: Sequence[VillageRow]
    rooms: Sequence[RoomRow]

    @property
    def cooperatives(self) -> list[str]:
        return [row.cooperative for row in self.villages]


def read_setup(form: SubmittedForm, words: Localizer) -> SetupForm:
    """The filled-in part of the form."""
    rows = zip(form.all("village"), form.all("code"), form.all("coop"), strict=False)
    villages = [
        VillageRow(name, code, coop or words("%(village)s合作社", village=name))
        for name, code, coop in rows
        if name
    ]
    rooms = []
    for kind, counted, word in (
        (RoomKind.COLD_ROOM, "cold", words("%(n)s号库")),
        (RoomKind.MUSHROOM_SHED, "sheds", words("%(n)s号棚")),
    ):
        for number in range(room_count(form, counted)):
            at = f"{counted}-{number}"
            rooms.append(
                RoomRow(
                    number=number,
                    kind=kind,
                    name=form[f"{at}-name"] or word % {"n": number + 1},
                    holds=form[f"{at}-holds"],
                    tonnes=form[f"{at}-tonnes"],
                    owner=form.whole(f"{at}-owner") or 0,
                )
            )
    return SetupForm(villages, rooms)


def room_count(form: SubmittedForm, name: str) -> int:
    return min(form.whole(name) or 0, ROOMS_MOST)


def check_first_step(form: SubmittedForm, setup: SetupForm, words: Localizer) -> None:
    """Validates the first step: federation, villages, number of rooms."""
    if not form["name"]:
        form.wrong("name", words("请填联合社的名字"))
    if len(form["signature"]) > 12:
        form.wrong("signature", words("签名最多12个字"))
    if not setup.villages:
        form.wrong("village", words("至少填一个村"))
    names = [row.name for row in setup.villages]
    if len(set(names)) < len(names):
        form.wrong("village", words("有两个村同名"))
    for row in setup.villages:
        if row.code and not re.fullmatch(r"[0-9]{12}", row.code):
            form.wrong("village", words("%(village)s的区划代码要12位数字", village=row.name))
    if not setup.rooms:
        form.wrong("cold", words("至少要有一个库或一个棚"))


def check_second_step(form: SubmittedForm, setup: SetupForm, words: Localizer, *, with_admin: bool) -> None:
    """Validates the second step: the rooms and the administrator."""
    names = [row.name for row in setup.rooms]
    if len(set(names)) < len(names):
        form.wrong("rooms", words("有两个库同名"))
    for row in setup.rooms:
        if row.tonnes and row.kind == RoomKind.COLD_ROOM:
            try:
                parse_tonnes(row.tonnes)
            except Refused:
                form.wrong("rooms", words("%(room)s的吨数不对", room=row.name))
    if not with_admin:
        return
    for name, sentence in (("person", words("请填您的姓名")), ("username", words("请填用户名"))):
        if not form[name]:
            form.wrong(name, sentence)
    check_password_fields(form, words)


def create_federation(
    tx: Connection, now: int, form: SubmittedForm, setup: SetupForm, by: int | None, password_hash: str
) -> int:
    """Stores the whole federation and returns the administrator's id. Refused: nothing is stored."""
    unit = "kg" if form["unit"] == "kg" else "jin"
    add_federation(tx, now, form["name"], form["signature"] or form["name"][:12], unit)
    seed(tx, now)
    villages = [add_village(tx, now, row.name, row.code) for row in setup.villages]
    cooperatives = [
        add_cooperative(tx, now, row.cooperative, village)
        for row, village in zip(setup.villages, villages, strict=True)
    ]
    admin = by or add_person(
        tx,
        now,
        NewPerson(
            name=form["person"],
            role=Role.ADMIN,
            phone=form["phone"] or None,
            username=form["username"],
            password_hash=password_hash,
        ),
    )
    site = add_site(tx, now, form["site"] or form["name"], villages[0])
    for sort, row in enumerate(setup.rooms):
        _add_room(tx, now, site, sort, row, cooperatives, admin)
    return admin


def _add_room(
    tx: Connection, now: int, site: int, sort: int, row: RoomRow, cooperatives: Sequence[int], who: int
) -> None:
    use = row.holds if row.holds not in ("", "empty") else None
    room = add_room(tx, now, NewRoom(site=site, name=row.name, kind=row.kind, use=use, sort=sort))
    if row.holds == "empty":
        declare_empty(tx, now, room, who)
    elif use and row.tonnes and row.kind == RoomKind.COLD_ROOM:
        receive(
            tx,
            now,
            NewLot(
                produce=use,
                cooperative=cooperatives[min(row.owner, len(cooperatives) - 1)],
                room=room,
                grams=parse_tonnes(row.tonnes),
                by=who,
                note="期初",
            ),
        )
