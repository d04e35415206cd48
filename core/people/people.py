"""The people of a federation and their permissions."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import Refused


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    KEEPER = "keeper"
    CLERK = "clerk"
    TECHNICIAN = "technician"
    VIEWER = "viewer"


ROLE_NAMES: dict[str, str] = {
    Role.ADMIN: "管理员",
    Role.MANAGER: "负责人",
    Role.KEEPER: "库管员",
    Role.CLERK: "记账员",
    Role.TECHNICIAN: "技术员",
    Role.VIEWER: "只看",
}


PERMISSIONS = frozenset(
    (
        "see_rooms",
        "see_alerts",
        "acknowledge",
        "see_all_lots",
        "write_stock",
        "set_limits",
        "keep_rooms",  # 抄表 (manual readings), 巡库 (patrols), 歇库, 开库 (season end and start)
        "place_devices",
        "make_rules",  # 规则: decoding rules for unknown devices
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
    Role.CLERK: _SEES | {"write_stock", "export"},  # only of their own cooperative
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A person to add. `phone` may be in any usual notation."""

    name: str
    role: str
    phone: str | None = None
    language: str = "zh"
    cooperative: int | None = None
    village: int | None = None
    username: str | None = None
    password_hash: str | None = None

    def checked(self) -> "NewPerson":
        """Returns a copy as stored: trimmed, the phone as digits. Refused: no name; an invalid role,
        language or phone; a clerk without a cooperative."""
        name, username = self.name.strip(), (self.username or "").strip() or None
        if not name:
            raise Refused("no_name", "名字没填", field="name")
        if self.role not in list(Role):
            raise Refused("unknown_role", "没有这种角色:%(role)s", role=self.role, field="role")
        if self.language not in LANGUAGES:
            text = "没有这种语言:%(language)s"
            raise Refused("unknown_language", text, language=self.language, field="language")
        if self.role == Role.CLERK and self.cooperative is None:
            raise Refused("clerk_needs_cooperative", "记账员要选是哪个合作社的", field="cooperative")
        phone = plain_phone(self.phone) if self.phone and self.phone.strip() else None
        return replace(self, name=name, role=str(self.role), username=username, phone=phone)


def has_permission(person: Person, permission: str) -> bool:
    """Whether the person has the permission. Raises KeyError if the permission is unknown."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return person.active and permission in _MAY[person.role]


def sees_lots(person: Person) -> bool:
    """Whether the person may see any lots."""
    return has_permission(person, "see_all_lots") or (
        person.cooperative is not None and has_permission(person, "write_stock")
    )


def visible_cooperative(person: Person) -> int | None:
    """The cooperative whose lots the person may see; None means all.

    Refused if the person may not see any lots.
    """
    if not sees_lots(person):
        raise Refused("not_allowed", "您的账号看不了存货")
    return None if has_permission(person, "see_all_lots") else person.cooperative


def plain_phone(phone: str) -> str:
    """Converts a phone number (spaces, dashes, +86, full width) to digits.

    Refused if it is not a phone number.
    """
    text = unicodedata.normalize("NFKC", phone).strip()
    digits = re.sub(r"[\s\-().·]", "", text)
    digits = re.sub(r"^(?:\+86|0086)(?=1\d{10}$)", "", digits)
    digits = re.sub(r"^86(?=1\d{10}$)", "", digits)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits):
        raise Refused("bad_phone", "电话号码不对:%(phone)s", phone=phone, field="phone")
    return digits
