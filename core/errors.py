"""Four errors, sorted by what the reader can do."""


class DecodeError(ValueError):
    """A message we cannot read. It is kept and shown; nothing else stops.

    `reason` is a stable word (counted and translated), the text says what was found.
    """

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


class StoreError(Exception):
    """The store did not take it. Stop; what was not acknowledged comes again.

    `wait_s` is for how long the store itself asks to be left alone, 0 where it says nothing.
    """

    def __init__(self, text: str = "", *, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class SendError(Exception):
    """A message did not reach the channel; `retry` says whether trying again can help."""

    def __init__(self, text: str, *, retry: bool) -> None:
        super().__init__(text)
        self.retry = retry


class SettingsError(Exception):
    """A wrong setting: refuse to start. The text names the setting."""


class Refused(ValueError):
    """A person asked for something that the rules of the house do not allow.

    `reason` is a stable word for programs; the text is a clear sentence for people (Chinese source
    language, with `%(name)s` places filled from `facts`). `field` is what has to be changed, by the name it
    has in the new entry, "" where it is no single field.
    """

    def __init__(self, reason: str, text: str, *, field: str = "", **facts: object) -> None:
        super().__init__(text % facts if facts else text)
        self.reason = reason
        self.text = text
        self.facts = facts
        self.field = field
