"""The person to phone about an alert."""

from dataclasses import dataclass

from core.people.people import Person
from web.base.localizer import short_name


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """`phone` is empty if unknown."""

    name: str
    phone: str


def phone_call(person: Person | None) -> PhoneCall | None:
    return None if person is None else PhoneCall(short_name(person.name), person.phone or "")
