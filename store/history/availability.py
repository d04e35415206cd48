"""Decides whether a server may be asked now, so that one that does not answer holds few threads.

After a failure every request fails at once for a while, then one request at a time finds out whether the
server answers again. While it works, a bounded number of requests runs at once.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.errors import StoreError

AT_ONCE = 3
"""Of the web service's eight threads, so that the other pages go on."""
WAIT_S = 1.0
REFUSED_REST_S, HUNG_REST_S = 2.0, 30.0
"""How long (s) nobody asks a server that refused the connection, or that let us wait in vain."""

_deadline: ContextVar[float | None] = ContextVar("answer_deadline", default=None)


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """Limits the total wait for servers in this context. A view that can do without uses it."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(most: float) -> float:
    """At most `most`; less within `answer_within`."""
    deadline = _deadline.get()
    return most if deadline is None else min(most, deadline - time.monotonic())


def is_hurried() -> bool:
    return _deadline.get() is not None


class _Rest:
    """After a failure: until when nobody asks, and why."""

    def __init__(self) -> None:
        self.until = 0.0
        self.reason = ""

    def begin(self, until: float, reason: str) -> None:
        self.until, self.reason = until, reason

    def end(self) -> None:
        self.until, self.reason = 0.0, ""


class Availability:
    """One per server and process. `clock`: seconds of a monotonic clock."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._changed = threading.Condition()
        self._began: list[float] = []
        self._rest, self._hurried_rest = _Rest(), _Rest()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Raises StoreError at once if the server rests or is asked by too many."""
        began = self._begin()
        try:
            yield
        finally:
            with self._changed:
                self._began.remove(began)
                self._changed.notify_all()

    def _begin(self) -> float:
        until = self._clock() + seconds_left(WAIT_S)
        with self._changed:
            while True:
                now = self._clock()
                self._check_rest(now)
                if len(self._began) < AT_ONCE:
                    self._began.append(now)
                    return now
                left = min(until, self._began[0] + WAIT_S) - now
                if left <= 0:
                    raise StoreError(f"{self._name} is slow to answer; try again soon")
                self._changed.wait(left)

    def _check_rest(self, now: float) -> None:
        """After a failure one request at a time finds out whether the server answers again."""
        for rest in (self._rest, self._hurried_rest) if is_hurried() else (self._rest,):
            if rest.reason and (now < rest.until or self._began):
                raise StoreError(rest.reason)

    def on_answer(self) -> None:
        with self._changed:
            self._rest.end()
            self._hurried_rest.end()

    def on_failure(self, reason: str, *, hung: bool) -> None:
        """`hung`: the server let us wait until a limit. A hurried caller's short limit says nothing about
        those who have more time."""
        rest = self._hurried_rest if hung and is_hurried() else self._rest
        with self._changed:
            rest.begin(self._clock() + (HUNG_REST_S if hung else REFUSED_REST_S), reason)
            self._changed.notify_all()
