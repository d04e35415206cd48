"""Passwords, tokens, permissions and the pages' cookie. Used by `api` and `web`."""

import threading
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.security import OAuth2PasswordBearer
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from api.context import ApiContext, context_of
from api.problems import Problem
from core.people.people import Person, has_permission
from core.times import DAY_MS
from store.people.people import by_username, issue_token, person_of_token, revoke_token

COOKIE = "coldshed"
PAGE_LIFETIME = 90 * DAY_MS
API_LIFETIME = DAY_MS

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_two_at_a_time = threading.BoundedSemaphore(2)
"""Each check takes 19 MB and a core: two at a time protect the machine from many logins at once."""
_nobody = _hasher.hash("nobody has this password")

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/token", auto_error=False)


def hash_password(password: str) -> str:
    with _two_at_a_time:
        return _hasher.hash(password)


def check_password(password: str, password_hash: str | None) -> bool:
    """Takes the same time whether the account exists or not."""
    with _two_at_a_time:
        try:
            matches = _hasher.verify(password, password_hash or _nobody)
        except UnknownHashError:
            return False
    return matches and password_hash is not None


def sign_in(context: ApiContext, username: str, password: str, address: str, kind: str) -> tuple[str, Person]:
    """A new token of `kind` `api` or `page`, and its person.

    Problem 401 for a wrong name or password (it does not say which), 429 after too many attempts."""
    now = context.now()
    wait = context.attempts.wait_s(username, address, now)
    if wait:
        text = "试得太多了，%(minutes)s分钟后再试"
        headers = {"Retry-After": str(wait)}
        raise Problem(429, "too-many-attempts", text, {"minutes": -(-wait // 60)}, headers=headers)
    with context.dbs.records.read() as tx:
        account = by_username(tx, username)
    if (
        not check_password(password, account[1] if account else None)
        or account is None
        or not account[0].active
    ):
        context.attempts.failed(username, address, now)
        raise Problem(401, "wrong-password", "用户名或密码不对")
    context.attempts.succeeded(username, address)
    lifetime = PAGE_LIFETIME if kind == "page" else API_LIFETIME
    with context.dbs.records.write() as tx:
        token = issue_token(tx, account[0].id, kind, now, lifetime)
    return token, account[0]


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def token_of(request: Request) -> str | None:
    """The bearer token, else the pages' cookie."""
    return _bearer_of(request) or request.cookies.get(COOKIE)


def _bearer_of(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def person_or_none(request: Request) -> Person | None:
    token = token_of(request)
    if not token:
        return None
    context = context_of(request)
    with context.dbs.records.read() as tx:
        person = person_of_token(tx, token, context.now())
    return person if person is not None and person.active else None


def current_person(request: Request) -> Person:
    """The person who calls. Problem 401 if not signed in; 403 if a write with a cookie comes from another
    site's page."""
    person = person_or_none(request)
    if person is None:
        raise Problem(401, "login-needed", "请先登录", headers={"WWW-Authenticate": "Bearer"})
    refuse_other_sites(request)
    return person


def refuse_other_sites(request: Request) -> None:
    """Blocks cross-site writes with our cookie. Browsers send `Sec-Fetch-Site` over HTTPS only, so in a
    plain local network `Origin` decides; a request with neither is covered by SameSite alone."""
    if _bearer_of(request) or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        same_site = site in ("same-origin", "none")
    else:
        same_site = (
            origin is None or origin.partition("://")[2].lower() == request.headers.get("Host", "").lower()
        )
    if not same_site:
        raise Problem(403, "other-site", "这个请求是别的网站发来的，没有执行")


def require(permission: str) -> Callable[[Request], Person]:
    """A dependency: the current person, who must have the permission (`core.people.people`)."""

    def permitted(request: Request) -> Person:
        person = current_person(request)
        if not has_permission(person, permission):
            raise Problem(403, "not-allowed", "您的账号不能做这件事", {"permission": permission})
        return person

    return permitted


def set_cookie(response: Response, token: str, *, secure: bool = False) -> None:
    response.set_cookie(
        COOKIE, token, max_age=PAGE_LIFETIME // 1000, httponly=True, samesite="lax", secure=secure, path="/"
    )


def sign_out(context: ApiContext, request: Request, response: Response) -> None:
    """Deletes the token in the store and the browser."""
    token = token_of(request)
    if token:
        with context.dbs.records.write() as tx:
            revoke_token(tx, token)
    response.delete_cookie(COOKIE, path="/")
