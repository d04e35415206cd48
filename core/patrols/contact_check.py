"""Whether a person who will be on duty can be reached, by their last test message."""

from enum import StrEnum


class ContactState(StrEnum):
    NO_PHONE = "no_phone"
    NEVER_TRIED = "never_tried"
    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    WAITING = "waiting"


def contact_state(phone: str | None, queued_at: int | None, status: str, *, answered: bool) -> ContactState:
    """`status`: of the test message (queued, sent, failed). `answered`: the phone has sent a message
    since."""
    if not phone:
        return ContactState.NO_PHONE
    if queued_at is None:
        return ContactState.NEVER_TRIED
    if answered:
        return ContactState.ANSWERED
    return ContactState.NOT_SENT if status == "failed" else ContactState.WAITING
