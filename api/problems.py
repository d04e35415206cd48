"""Errors as RFC 9457 problem details: a stable `type` for programs, a sentence for people."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from core.errors import Refused, StoreError
from core.phrases import Phrase, fill
from i18n.language import LANGS, SOURCE, Lang, translator

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class Problem(Exception):
    """Raise it to answer with a problem. `reason` is the end of its `type` and never changes; `text` is a
    Chinese sentence with `%(name)s` placeholders for `facts`, which are also members of the answer."""

    def __init__(
        self,
        status: int,
        reason: str,
        text: str,
        facts: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.text = text
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})


PageProblem = Callable[[Request, Problem], Response]

NOT_FOUND = frozenset(("unknown", "no_such", "not_found"))


def status_of(refused: Refused) -> int:
    """404 for what does not exist, 403 for what the person may not do, else 409."""
    reason = refused.reason.replace("-", "_")
    if any(reason.startswith(word) for word in NOT_FOUND):
        return 404
    return 403 if reason.startswith(("not_allowed", "not_yours")) else 409


def language(request: Request) -> Lang:
    """The first language of ours that the caller names, else the source language."""
    for part in request.headers.get("Accept-Language", "").lower().split(","):
        name = part.split(";")[0].strip()
        for lang in LANGS:
            if name.startswith(lang):
                return lang
    return SOURCE


def problem_response(request: Request, problem: Problem) -> Response:
    """JSON; outside the API the HTML page of `web` (`app.state.page_problem`), if it is set."""
    page: PageProblem | None = getattr(request.app.state, "page_problem", None)
    if page is not None and not request.url.path.startswith(("/api/", "/healthz", "/metrics")):
        return page(request, problem)
    return _as_json(request, problem)


def _as_json(request: Request, problem: Problem) -> JSONResponse:
    lang = language(request)
    translate = translator(lang)
    english = translator("en")
    try:
        title = HTTPStatus(problem.status).phrase
    except ValueError:
        title = "Error"
    body = {
        **problem.facts,
        **{
            f"{name}_en": fact.translated(english)
            for name, fact in problem.facts.items()
            if isinstance(fact, Phrase)
        },
        "type": f"/problems/{problem.reason.replace('_', '-')}",
        "title": title,
        "status": problem.status,
        "detail": fill(problem.text, problem.facts, translate),
        "instance": request.url.path,
    }
    return JSONResponse(
        jsonable_encoder(body),
        problem.status,
        {**problem.headers, "Content-Language": lang, "Vary": "Accept-Language"},
        MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Turns every error of the app into a problem."""

    @app.exception_handler(Problem)
    def on_problem(request: Request, error: Problem) -> Response:
        return problem_response(request, error)

    @app.exception_handler(Refused)
    def on_refused(request: Request, error: Refused) -> Response:
        return problem_response(request, Problem(status_of(error), error.reason, error.text, error.facts))

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"where": [str(part) for part in fault["loc"]], "what": fault["msg"], "kind": fault["type"]}
            for fault in error.errors()
        ]
        return problem_response(request, Problem(422, "invalid-request", "填的内容不对", {"errors": errors}))

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> Response:
        reason, text = _HTTP.get(error.status_code, ("http-error", "请求没有成功"))
        return problem_response(request, Problem(error.status_code, reason, text, headers=error.headers))

    @app.exception_handler(StoreError)
    def on_store(request: Request, error: StoreError) -> Response:
        log.error("store: %s %s: %s", request.method, request.url.path, error)
        text = "数据库暂时写不进或读不出，请稍后再试"
        return problem_response(
            request, Problem(503, "store-unavailable", text, headers={"Retry-After": "5"})
        )

    @app.exception_handler(Exception)
    def on_error(request: Request, error: Exception) -> Response:
        return problem_response(request, Problem(500, "internal-error", "程序出错了，已经记下"))


_HTTP: dict[int, tuple[str, str]] = {
    400: ("bad-request", "请求的内容读不懂"),
    404: ("not-found", "没有这个东西"),
    405: ("method-not-allowed", "这里不能这样操作"),
    406: ("not-acceptable", "没有这种格式"),
    413: ("too-large", "内容太大了"),
    415: ("unsupported-media-type", "不认这种格式"),
}


def missing(noun: str, ident: object) -> Problem:
    """404 for an object named in the path or the body."""
    return Problem(404, f"no-such-{noun}", "没有这个东西", {"noun": noun, "id": ident})
