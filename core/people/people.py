"""Who: the people of a federation, and what each of them may do."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from core.errors import Refused


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    KEEPER = "keeper"
    CLERK = "clerk"
    TECHNICIAN = "technician"
    VIEWER = "viewer"


PERMISSIONS = frozenset(
    (
        "see_rooms",
        "see_alerts",
        "acknowledge",
        "see_all_lots",
        "write_stock",
        "set_limits",
        "keep_rooms",  # 抄表, 巡库, 歇库, 开库
        "place_devices",
        "make_rules",  # 规则: how to read what unknown devices send
        "give_logins",
        "see_people",
        "administer",
        "export",
    )
)

_SEES = frozenset(("see_rooms", "see_alerts"))
_MAY: dict[Role, frozenset[str]] = {
    Role.ADMIN: PERMISSIONS,
    Role.MANAGER: PERMISSIONS - {"administer"},
    Role.KEEPER: _SEES
    | {"acknowledge", "keep_rooms", "see_all_lots", "write_stock", "place_devices", "export"},
    Role.CLERK: _SEES | {"write_stock", "export"},  # of the own cooperative only
    Role.TECHNICIAN: _SEES | {"acknowledge", "keep_rooms", "place_devices", "give_logins", "make_rules"},
    Role.VIEWER: _SEES,
}

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    phone: str | None
    language: str
    role: Role
    cooperative: int | None
    village: int | None
    username: str | None
    active: bool = True


def may(person: Person, permission: str) -> bool:
    """Whether the person has the permission. KeyError: there is no such permission."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return person.active and permission in _MAY[person.role]


def sees_lots(person: Person) -> bool:
    """Whether there are any lots the person may see."""
    return may(person, "see_all_lots") or (person.cooperative is not None and may(person, "write_stock"))


def scope(person: Person) -> int | None:
    """The cooperative whose lots the person is kept to; `None` for one who sees all.

    Refused for one who sees no lots at all.
    """
    if not sees_lots(person):
        raise Refused("not_allowed", "您的账号看不了存货")
    return None if may(person, "see_all_lots") else person.cooperative


def plain_phone(phone: str) -> str:
    """A number as people write it (spaces, dashes, +86, full width) -> digits only.

    Refused where it cannot be one.
    """
    text = unicodedata.normalize("NFKC", phone).strip()
    digits = re.sub(r"[\s\-().·]", "", text)
    digits = re.sub(r"^(?:\+86|0086)(?=1\d{10}$)", "", digits)
    digits = re.sub(r"^86(?=1\d{10}$)", "", digits)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits):
        raise Refused("bad_phone", "电话号码不对:%(phone)s", phone=phone)
    return digits
