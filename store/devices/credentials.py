"""MQTT credentials issued for devices: who issued and revoked them. Passwords are stored as hashes."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from core.devices.credentials import (
    ALPHABET,
    GROUP,
    GROUPS,
    hash_password,
    login_name,
    password_of,
    rights,
    village_name,
)
from core.devices.topic_rights import TopicRight
from core.errors import Refused
from store import changes
from store.columns import columns
from store.devices.tables import credentials as table

SALT_BYTES = 12


class Credential(NamedTuple):
    id: int
    name: str
    family: str
    at: str
    topics: tuple[str, ...]
    password: str
    """A hash."""
    issued_at: int
    issued_by: int | None
    revoked_at: int | None
    revoked_by: int | None

    @property
    def rights(self) -> tuple[TopicRight, ...]:
        return rights(self.family, self.name, self.at, self.topics)


_CREDENTIAL = columns(table, Credential)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """A credential to issue. `at`: the device's part of the topic, `name` if empty; `topics`: further
    filters that it may publish to; `by`: a person, None at the terminal."""

    name: str
    family: str = "coldshed"
    at: str = ""
    topics: Iterable[str] = ()
    by: int | None = None


def issue(
    tx: Connection, now: int, new: NewCredential, *, taken: Iterable[str] = (), renew: bool = False
) -> str:
    """Issues a credential and returns its password, which is not stored anywhere. Refused: a name that has
    one (unless `renew`, which revokes it), a name in `taken` (our own), an invalid family,
    topic or village."""
    name, topics = login_name(new.name), tuple(new.topics)
    rights(new.family, name, new.at, topics)
    if new.family == "village":
        village_name(new.at or name)
    if name in taken:
        raise Refused("login_is_ours", "%(name)s 是系统自己用的登录名，换一个", name=name)
    if _revoke(tx, now, name, new.by) and not renew:
        raise Refused("has_login", "%(name)s 已经有登录了。要换密码就选“换新密码”", name=name)
    password = password_of(secrets.randbelow(len(ALPHABET)) for _ in range(GROUPS * GROUP))
    values = {"name": name, "family": new.family, "at": new.at.strip(), "topics": list(topics)}
    values |= {"password": hash_password(password, secrets.token_bytes(SALT_BYTES))}
    row = insert(table).values({**values, "issued_at": now, "issued_by": new.by}).returning(table.c.id)
    changes.note(tx, "credential", tx.execute(row).scalar_one(), now)
    return password


def revoke(tx: Connection, now: int, name: str, by: int | None = None) -> None:
    """Revokes a credential. Refused: no_login."""
    if not _revoke(tx, now, name.strip(), by):
        raise Refused("no_login", "%(name)s 没有登录", name=name)


def _revoke(tx: Connection, now: int, name: str, by: int | None) -> bool:
    here = (table.c.name == name) & table.c.revoked_at.is_(None)
    ended = tx.execute(
        update(table).where(here).values(revoked_at=now, revoked_by=by).returning(table.c.id)
    ).scalar()
    if ended is not None:
        changes.note(tx, "credential", ended, now)
    return ended is not None


def active(tx: Connection) -> list[Credential]:
    """Valid credentials, by name."""
    return _credentials(tx, True)


def ended(tx: Connection) -> list[Credential]:
    """Revoked credentials, latest revocation first."""
    return _credentials(tx, False)


def _credentials(tx: Connection, wanted: bool) -> list[Credential]:
    here = table.c.revoked_at.is_(None) if wanted else table.c.revoked_at.is_not(None)
    order = (table.c.name,) if wanted else (table.c.revoked_at.desc(), table.c.id.desc())
    return _CREDENTIAL.all(tx, _CREDENTIAL.select().where(here).order_by(*order))


def stamp(tx: Connection) -> tuple[int, int, int]:
    """A cheap value that changes whenever a credential is issued or revoked."""
    newest, count, last = func.max(table.c.id), func.count(table.c.revoked_at), func.max(table.c.revoked_at)
    row = tx.execute(select(newest, count, last)).one()
    return int(row[0] or 0), int(row[1]), int(row[2] or 0)
