"""The list of people, and validation of a new one."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.people.accounts import may_assign, may_change
from core.people.people import Person, Role
from store.notifications.roster import duties
from store.people.federation import cooperative_names, village_names
from store.people.people import people
from web.base.forms import SubmittedForm
from web.base.localizer import N_, Localizer, short_name
from web.base.password_fields import check_password_fields
from web.base.request_context import PageRequest

NAME_MOST = 40
DUTIES: Mapping[Role, str] = {
    Role.KEEPER: N_("看库，接报警，入库出库"),
    Role.CLERK: N_("只记自己合作社的货"),
    Role.TECHNICIAN: N_("装探头，接报警"),
    Role.MANAGER: N_("管人，排班，定该在几度"),
    Role.VIEWER: N_("什么都不能改"),
    Role.ADMIN: N_("什么都能改"),
}
SECRETS = ("password", "again")


@dataclass(frozen=True, slots=True)
class PersonRow:
    ident: int
    name: str
    role: str
    phone: str
    belongs: str
    active: bool
    may_change: bool


def person_rows(tx: Connection, page: PageRequest) -> Sequence[PersonRow]:
    """Active people first, in the order in which they were added."""
    in_order = sorted(people(tx), key=lambda person: not person.active)
    return [person_row(tx, page, person) for person in in_order]


def person_row(tx: Connection, page: PageRequest, person: Person) -> PersonRow:
    owners = cooperative_names(tx)
    homes = village_names(tx)
    belongs = (homes.get(person.village or 0), owners.get(person.cooperative or 0))
    sees = page.may("see_people") or person.id == page.who.id
    return PersonRow(
        ident=person.id,
        name=short_name(person.name),
        role=page.words.role(person.role),
        phone=(person.phone or "") if sees else masked(person.phone),
        belongs=" · ".join(name for name in belongs if name),
        active=person.active,
        may_change=may_change(page.person, person),
    )


def masked(phone: str | None) -> str:
    """138****5678: enough to recognise one's own number, not enough to call it."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 8 else "*" * len(phone)


def role_choices(page: PageRequest) -> list[tuple[str, str, str]]:
    return [
        (str(role), page.words.role(role), page.words(more))
        for role, more in DUTIES.items()
        if may_assign(page.person, role)
    ]


def duties_left(tx: Connection, ident: int, now: int) -> int:
    """The number of the person's current and future duties."""
    return sum(duty.person == ident for duty in duties(tx, start=now))


def check_person(form: SubmittedForm, words: Localizer) -> None:
    """Runs the checks that need no database."""
    if not form["name"]:
        form.wrong("name", words("名字没填"))
    elif len(form["name"]) > NAME_MOST:
        form.wrong("name", words("名字太长了，最多%(n)s个字", n=NAME_MOST))
    if not form["role"]:
        form.wrong("role", words("请选他做什么"))
    if form["role"] == Role.CLERK and form.whole("cooperative") is None:
        form.wrong("cooperative", words("记账员要选是哪个合作社的"))
    if form["username"] or form["password"] or form["again"]:
        check_account(form, words)
    elif not form["phone"]:
        form.wrong("phone", words("手机号和用户名至少填一样"))


def check_account(form: SubmittedForm, words: Localizer) -> None:
    if not form["username"]:
        form.wrong("username", words("请填用户名"))
    elif len(form["username"]) > NAME_MOST:
        form.wrong("username", words("名字太长了，最多%(n)s个字", n=NAME_MOST))
    check_password_fields(form, words)


def with_hashed_secrets(form: SubmittedForm, names: Sequence[str]) -> SubmittedForm:
    """The form for the idempotency checksum. Secrets are replaced by a slow hash, because the checksum is
    stored."""
    fields = {name: form.all(name) for name in names}
    for name in SECRETS:
        if form[name]:
            slow = hashlib.scrypt(form[name].encode(), salt=form["key"].encode(), n=2**14, r=8, p=1)
            fields[name] = [slow.hex()]
    return SubmittedForm(fields)
