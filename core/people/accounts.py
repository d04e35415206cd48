"""Who may change which account, and the rules for new passwords."""

from core.errors import Refused
from core.people.people import Person, Role, has_permission

PASSWORD_AT_LEAST = 8
"""Characters."""


def may_change(asker: Person | None, person: Person) -> bool:
    """A manager may change everybody but administrators; an administrator may change everybody."""
    if asker is None:
        return False
    return has_permission(asker, "administer") or (
        has_permission(asker, "see_people") and person.role != Role.ADMIN
    )


def may_assign(asker: Person | None, role: str) -> bool:
    """Only an administrator may create an administrator."""
    return asker is not None and (role != Role.ADMIN or has_permission(asker, "administer"))


def check_new_password(password: str, repeated: str) -> None:
    """Refused (`password_too_short`, `passwords_differ`) if the password is not acceptable."""
    if len(password) < PASSWORD_AT_LEAST:
        raise Refused("password_too_short", "密码至少%(n)s个字", n=PASSWORD_AT_LEAST)
    if password != repeated:
        raise Refused("passwords_differ", "两次密码不一样")


def fit_for_duty(person: Person) -> bool:
    """Whether the person can be on duty: active, may acknowledge alerts, and has a phone number."""
    return person.active and bool(person.phone) and has_permission(person, "acknowledge")
