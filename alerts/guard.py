"""One room's error must not stop the others: it becomes a system issue until the room works again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from store.overview import system_issues


@dataclass
class Attempt:
    failed: bool = False


class Guard:
    """Errors by name, since the last time that `report` wrote them down."""

    def __init__(self, log: logging.Logger) -> None:
        self.log = log
        self._errors: dict[str, str] = {}
        self._written: dict[str, str] = {}

    @contextmanager
    def guarded(self, name: str, message: str) -> Iterator[Attempt]:
        """Keeps an error of the block under `name`, and logs it with `message` when it is new."""
        attempt = Attempt()
        try:
            yield attempt
        except Exception as error:  # whatever it is, the others go on
            attempt.failed = True
            if name not in self._errors:
                self.log.exception("%s: %s", name, message)
            self._errors[name] = repr(error)
        else:
            self._errors.pop(name, None)

    @property
    def has_news(self) -> bool:
        return self._errors != self._written

    def report(self, tx: Connection, now: int) -> None:
        """Writes what failed and what works again since the last commit."""
        for name in self._written.keys() - self._errors.keys():
            system_issues.clear(tx, name, now)
        for name, text in self._errors.items():
            if self._written.get(name) != text:
                system_issues.note(tx, name, text, now)

    def on_committed(self) -> None:
        """What `report` wrote is committed."""
        self._written = dict(self._errors)
