"""People and their tokens. Only a token's checksum is stored."""

import hashlib
import secrets
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select, update

from core.errors import Refused
from core.people.people import NewPerson, Person, plain_phone
from store import changes
from store.columns import columns
from store.people.tables import cooperatives, tokens, villages
from store.people.tables import people as table

_PERSON = columns(table, Person)


def people(tx: Connection) -> list[Person]:
    return _PERSON.all(tx, _PERSON.select().order_by(table.c.id))


def people_names(tx: Connection) -> dict[int, str]:
    """Names of everybody, including people who left, because records still refer to them."""
    return {person.id: person.name for person in people(tx)}


def person(tx: Connection, ident: int) -> Person | None:
    return _PERSON.first(tx, _PERSON.select().where(table.c.id == ident))


def by_username(tx: Connection, username: str) -> tuple[Person, str] | None:
    """The person and the hash of the password. None if no account with a password has this name."""
    query = select(table.c.id, table.c.password_hash).where(table.c.username == username.strip())
    row = tx.execute(query).first()
    if row is None or row.password_hash is None:
        return None
    account = person(tx, row.id)
    return (account, row.password_hash) if account else None


def by_phone(tx: Connection, phone: str) -> Person | None:
    """The active person with this number, in any notation. None if there is none."""
    try:
        plain = plain_phone(phone)
    except Refused:
        return None
    return _PERSON.first(tx, _PERSON.select().where(table.c.phone == plain, table.c.active))


def add_person(tx: Connection, now: int, new: NewPerson) -> int:
    """Returns the new person's id. Refused: invalid values, a number or user name in use, an unknown
    cooperative or village."""
    new = new.checked()
    if new.phone:
        _check_phone_free(tx, new.phone)
    if new.username and tx.execute(select(table.c.id).where(table.c.username == new.username)).first():
        text = "用户名%(username)s已经有人用了"
        raise Refused("username_taken", text, username=new.username, field="username")
    _check_exists(tx, new.cooperative, new.village)
    values = asdict(new) | {"active": True}
    ident = int(tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one())
    changes.note(tx, "person", ident, now)
    return ident


def set_password(tx: Connection, now: int, ident: int, password_hash: str) -> None:
    """A new password ends every session of the old one."""
    tx.execute(update(table).where(table.c.id == ident).values(password_hash=password_hash))
    tx.execute(delete(tokens).where(tokens.c.person == ident))
    changes.note(tx, "person", ident, now)


def set_username(tx: Connection, now: int, ident: int, username: str) -> None:
    """Refused: a user name in use."""
    taken = select(table.c.id).where(table.c.username == username.strip(), table.c.id != ident)
    if tx.execute(taken).first() is not None:
        text = "用户名%(username)s已经有人用了"
        raise Refused("username_taken", text, username=username.strip(), field="username")
    tx.execute(update(table).where(table.c.id == ident).values(username=username.strip()))
    changes.note(tx, "person", ident, now)


def set_active(tx: Connection, now: int, ident: int, active: bool) -> None:
    """An inactive person stays in the records, cannot sign in and is not notified."""
    before = person(tx, ident)
    if before is None:
        raise Refused("unknown_person", "没有这个人")
    if active and not before.active and before.phone:
        _check_phone_free(tx, before.phone)
    tx.execute(update(table).where(table.c.id == ident).values(active=active))
    if not active:
        tx.execute(delete(tokens).where(tokens.c.person == ident))
    changes.note(tx, "person", ident, now)


def issue_token(tx: Connection, ident: int, kind: str, now: int, lifetime_ms: int) -> str:
    """Creates a token of `kind` `page` or `api` and returns it; it is not stored."""
    token = secrets.token_urlsafe(32)
    forget_tokens(tx, now)
    tx.execute(
        insert(tokens).values(
            hash=_hash(token), person=ident, kind=kind, created_at=now, expires_at=now + lifetime_ms
        )
    )
    return token


def person_of_token(tx: Connection, token: str, now: int) -> Person | None:
    """The token's person. None if the token is unknown or expired, or the person is inactive."""
    return _PERSON.first(
        tx,
        _PERSON.select()
        .join(tokens, tokens.c.person == table.c.id)
        .where(tokens.c.hash == _hash(token), tokens.c.expires_at > now, table.c.active),
    )


def revoke_token(tx: Connection, token: str) -> None:
    tx.execute(delete(tokens).where(tokens.c.hash == _hash(token)))


def forget_tokens(tx: Connection, now: int) -> None:
    """Deletes expired tokens."""
    tx.execute(delete(tokens).where(tokens.c.expires_at <= now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _check_phone_free(tx: Connection, phone: str) -> None:
    other = by_phone(tx, phone)
    if other is not None:
        text = "%(phone)s已经是%(name)s的号码"
        raise Refused("phone_taken", text, phone=phone, name=other.name, field="phone")


def _check_exists(tx: Connection, cooperative: int | None, village: int | None) -> None:
    for ident, place, field, text in (
        (cooperative, cooperatives, "cooperative", "没有这个合作社"),
        (village, villages, "village", "没有这个村"),
    ):
        if ident is not None and tx.execute(select(place.c.id).where(place.c.id == ident)).first() is None:
            raise Refused(f"unknown_{field}", text, field=field)
