"""The deprecated names of `/rules`: `/recipes`, and `recipe` for `rule` in bodies, answers and problem
types.

Clients of early versions use them. The API's description leaves them out.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from api.problems import Problem
from api.routes import rules

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DeprecatedRoute(APIRoute):
    """Renames the answer of the new route."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def renamed(request: Request) -> Response:
            try:
                response = await handler(request)
            except Problem as problem:
                problem.reason = problem.reason.replace("rule", "recipe")
                raise
            body = json.dumps(_old_names(json.loads(bytes(response.body))), ensure_ascii=False)
            headers = {key: value for key, value in response.headers.items() if key != "content-length"}
            return Response(body, response.status_code, {**headers, "Deprecation": "true"})

        return renamed


def _old_names(answer: dict[str, Any]) -> dict[str, Any]:
    names = {("recipe" if key == "rule" else key): value for key, value in answer.items()}
    if "items" in names:
        names["items"] = [_old_names(item) for item in names["items"]]
    return names


router = APIRouter(prefix="/recipes", route_class=DeprecatedRoute, include_in_schema=False)
for _route in rules.router.routes:
    assert isinstance(_route, APIRoute)
    router.add_api_route(
        _route.path.removeprefix("/rules"),
        _route.endpoint,
        methods=sorted(_route.methods or ()),
        status_code=_route.status_code,
        response_model=_route.response_model,
    )
