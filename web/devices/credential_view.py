"""Device credentials as texts: device family, topics, who issued it and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.devices.families import FAMILIES, FAMILY_BY_ID
from core.devices.topic_rights import READ
from store.devices.credentials import Credential, active
from store.people.people import people_names
from store.rooms.timezones import federation_timezone
from web.base.localizer import Localizer


@dataclass(frozen=True, slots=True)
class CredentialRow:
    name: str
    kind: str
    places: Sequence[str]
    since: str


def family_name(family: str, words: Localizer) -> str:
    return words(FAMILY_BY_ID[family].label) if family in FAMILY_BY_ID else family


def family_choices(words: Localizer) -> list[tuple[str, str, str]]:
    """(family, name, hint) per choice, common families first."""
    ordered = sorted(FAMILIES, key=lambda family: not family.common)
    return [(family.id, words(family.label), words(family.hint)) for family in ordered]


def credential_rows(tx: Connection, words: Localizer, now: int) -> list[CredentialRow]:
    names = people_names(tx)
    zone = federation_timezone(tx)
    return [_row(credential, words, now, zone, names) for credential in active(tx)]


def _row(
    credential: Credential, words: Localizer, now: int, zone: str, names: Mapping[int, str]
) -> CredentialRow:
    issuer = names.get(credential.issued_by or 0, "")
    when = words.moment(credential.issued_at, now, zone)
    since = (
        words("%(when)s %(who)s给的", when=when, who=issuer) if issuer else words("%(when)s给的", when=when)
    )
    places = [right.topic for right in credential.rights if right.access != READ]
    return CredentialRow(credential.name, family_name(credential.family, words), places, since)
