import pytest

from core.patrols.contact_check import ContactState, contact_state


@pytest.mark.parametrize(
    ("phone", "queued_at", "status", "answered", "state"),
    [
        (None, 5, "sent", True, ContactState.NO_PHONE),
        ("", None, "", False, ContactState.NO_PHONE),
        ("138", None, "", False, ContactState.NEVER_TRIED),
        ("138", 5, "queued", False, ContactState.WAITING),
        ("138", 5, "sent", False, ContactState.WAITING),
        ("138", 5, "failed", False, ContactState.NOT_SENT),
        ("138", 5, "failed", True, ContactState.ANSWERED),
        ("138", 5, "sent", True, ContactState.ANSWERED),
    ],
)
def test_an_answer_counts_more_than_a_receipt(
    phone: str | None, queued_at: int | None, status: str, answered: bool, state: ContactState
) -> None:
    assert contact_state(phone, queued_at, status, answered=answered) == state
