"""Contains one room's error so that the others go on; it is a system issue until the room works again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from store.overview import system_issues


@dataclass
class GuardedStep:
    """Whether the guarded block raised."""

    failed: bool = False


class Guard:
    """Errors by name since the last `report`."""

    def __init__(self, log: logging.Logger) -> None:
        self.log = log
        self._errors: dict[str, str] = {}
        self._written: dict[str, str] = {}

    @contextmanager
    def guarded(self, name: str, message: str) -> Iterator[GuardedStep]:
        """Catches an error of the block, keeps it under `name` and logs a new one with `message`."""
        step = GuardedStep()
        try:
            yield step
        except Exception as error:  # whatever fails, the other rooms go on
            step.failed = True
            if name not in self._errors:
                self.log.exception("%s: %s", name, message)
            self._errors[name] = repr(error)
        else:
            self._errors.pop(name, None)

    @property
    def has_news(self) -> bool:
        return self._errors != self._written

    def report(self, tx: Connection, now: int) -> None:
        """Writes new and cleared errors since the last commit as system issues."""
        for name in self._written.keys() - self._errors.keys():
            system_issues.clear(tx, name, now)
        for name, text in self._errors.items():
            if self._written.get(name) != text:
                system_issues.note(tx, name, text, now)

    def on_committed(self) -> None:
        """Call after the transaction of `report` has committed."""
        self._written = dict(self._errors)
