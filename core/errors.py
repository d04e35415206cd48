"""The program's errors, by what the caller can do about them."""


class DecodeError(ValueError):
    """An unreadable message. It is stored and shown; processing goes on.

    `reason` is a stable word (counted and translated); the text gives the details.
    """

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


class StoreError(Exception):
    """The store did not accept the data. Stop; unacknowledged messages are delivered again.

    `wait_s`: how long the store asks to wait, 0 if it does not say.
    """

    def __init__(self, text: str = "", *, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class SendError(Exception):
    """A message did not reach the channel. `retry`: whether another attempt can help."""

    def __init__(self, text: str, *, retry: bool) -> None:
        super().__init__(text)
        self.retry = retry


class SettingsError(Exception):
    """A wrong setting; the program does not start. The text names the setting."""


class Refused(ValueError):
    """A person's request breaks a business rule.

    `reason` is a stable word for programs. The text is a sentence for people (Chinese source text with
    `%(name)s` placeholders for `facts`). `field` is the field of the entry to correct, "" if it is not a
    single field.
    """

    def __init__(self, reason: str, text: str, *, field: str = "", **facts: object) -> None:
        super().__init__(text % facts if facts else text)
        self.reason = reason
        self.text = text
        self.facts = facts
        self.field = field
