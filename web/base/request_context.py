"""Per-request context of a page: user, language, federation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from sqlalchemy import Connection

from api.context import ApiContext, context_of
from api.problems import Problem
from api.security import person_or_none
from core.alerts.alerts import Alert
from core.devices.setting_lines import BrokerServer
from core.people.people import Person, has_permission
from i18n.language import LANGS, Lang, as_lang
from store.people.federation import Federation, federation
from web.base.assets import WEB, static
from web.base.localizer import Localizer, short_name

LANG_COOKIE = "lang"
LANG_NAMES: Mapping[Lang, str] = {"zh": "中文", "en": "English"}
LANG_TAGS: Mapping[Lang, str] = {"zh": "zh-CN", "en": "en"}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class CredentialSettings:
    """For device credentials: `server` gives the broker's address as devices reach it, from the host name
    with which the page was opened; `taken` are names that Coldshed itself uses."""

    server: Callable[[str], BrokerServer]
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`start_demo` creates the demo federation. `pass_on` notifies the next person on duty (transaction,
    now, alert, who cannot go) and returns that person. `phones_url` is the page of the pretend phones.
    `reasons`: rejection reason -> what to do about it. `logins` is None if Coldshed does not run the
    broker."""

    lang: Lang = "zh"
    start_demo: Callable[[], None] | None = None
    pass_on: Callable[[Connection, int, Alert, Person], Person | None] | None = None
    phones_url: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    logins: CredentialSettings | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    request: Request
    context: ApiContext
    settings: PageSettings
    person: Person | None
    federation: Federation | None
    words: Localizer
    now: int

    @property
    def lang(self) -> Lang:
        return self.words.lang

    @property
    def other_lang(self) -> Lang:
        return next(lang for lang in LANGS if lang != self.lang)

    @property
    def who(self) -> Person:
        """The signed-in person. Raises Problem 401 if nobody is signed in."""
        if self.person is None:
            raise login_needed()
        return self.person

    def may(self, permission: str) -> bool:
        return self.person is not None and has_permission(self.person, permission)

    def show(self, template: str, status: int = 200, **facts: object) -> HTMLResponse:
        """Renders the page. The template gets `_`, `page`, `static(name)` and `facts`."""
        filled = render(template, self.words, page=self, texts=script_texts(self.words), **facts)
        return HTMLResponse(filled, status, HEADERS)


@dataclass(slots=True)
class Templates:
    environment: Environment = field(
        default_factory=lambda: Environment(
            loader=PrefixLoader(
                {folder.parent.name: FileSystemLoader(folder) for folder in WEB.glob("*/templates")}
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
    )


@cache
def templates() -> Templates:
    made = Templates()
    made.environment.globals.update(
        static=static, short_name=short_name, lang_names=LANG_NAMES, lang_tags=LANG_TAGS
    )
    return made


def render(template: str, words: Localizer, **facts: object) -> str:
    """Renders the template. It gets `_`, `pgettext` (translation with a context), `words` and `facts`."""
    filled = templates().environment.get_template(template)
    return filled.render(_=words, words=words, pgettext=words.pgettext, **facts)


def page_settings(request: Request) -> PageSettings:
    settings = request.app.state.pages
    assert isinstance(settings, PageSettings)
    return settings


def page_request(request: Request) -> PageRequest:
    """The context of any request, signed in or not."""
    context, settings = context_of(request), page_settings(request)
    person = person_or_none(request)
    with context.dbs.records.read() as tx:
        current_federation = federation(tx)
    lang = as_lang(
        request.cookies.get(LANG_COOKIE), as_lang(person.language if person else None, settings.lang)
    )
    words = Localizer(lang, current_federation.weight_unit if current_federation else "jin")
    return PageRequest(request, context, settings, person, current_federation, words, context.now())


def login_needed() -> Problem:
    return Problem(401, "login-needed", "请先登录")


Anybody = Annotated[PageRequest, Depends(page_request)]


def signed_in(permission: str | None = None) -> Callable[[Request], PageRequest]:
    """A dependency: the request of a signed-in person with `permission`. Raises Problem 409 before the
    first start, 401 without a login, 403 without the permission."""

    def dependency(request: Request) -> PageRequest:
        page = page_request(request)
        if page.federation is None:
            raise Problem(409, "not-begun", "还没有开始")
        who = page.who
        if permission is not None and not has_permission(who, permission):
            raise Problem(403, "not-allowed", "您的账号不能做这件事", {"permission": permission})
        return page

    return dependency


def came_from(request: Request) -> str:
    """The address to return to after login, quoted; always a path of this server."""
    return quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")


def safe_next(wanted: str) -> str:
    r"""`wanted` if it is a path of this server, else `/`. `//elsewhere` and `\` would lead to other hosts."""
    good = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if good and wanted.isprintable() else "/"


def script_texts(words: Localizer) -> str:
    """The texts of the pages' script, as JSON for a data attribute."""
    texts: Mapping[str, str] = {
        "now": words("刚刚"),
        "minutes": words("%(n)s分钟前"),
        "hours": words("%(n)s小时前"),
        "days": words("%(n)s天前"),
        "cut": words("连不上了，这些是%(at)s的数"),
        "busy": words("正在记…"),
    }
    return json.dumps(texts, ensure_ascii=False)
