"""Which text leaves, and when: whatever the clock does and whatever waits in front of it."""

import subprocess

import pytest
from sqlalchemy import update

from alerts.outbox import RETRY_AFTER, Outbox
from core.alerts.alerts import AlertKey
from core.errors import SendError
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.alerts.lifecycle import activate
from store.alerts.tables import alerts
from store.notifications import notifications
from store.processes import process_name
from tests.alerts.village import KEEPER, T0, Phones, Village
from tests.support.conditions import breach

FIRST, END, TRIAL, ANSWER = (
    NotificationKind.FIRST,
    NotificationKind.END,
    NotificationKind.TRIAL,
    NotificationKind.ANSWER,
)


class Choosy(Phones):
    """Refuses the texts in `refused`, as a carrier refuses a word."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        if text.split("】", 1)[1] in self.refused:
            raise SendError("busy", retry=True)
        return super().send(phone, text, dedup_key)


class Post:
    """The outbox of a village and messages to its keeper."""

    def __init__(self, village: Village) -> None:
        self.village, self.channel = village, Choosy()
        self.outbox = Outbox(village.dbs, self.channel)

    def alert(self, severity: str, condition: str = "high") -> int:
        state = breach(T0 - HOUR_MS, T0, bound=7.0, value=8.4)
        key = AlertKey(self.village.room, condition, "temperature", "air")
        with self.village.dbs.records.write() as tx:
            made = activate(tx, T0, key, state, "waited", {})
            tx.execute(update(alerts).where(alerts.c.id == made).values(severity=severity))
        return made

    def queue(self, text: str, now: int, kind: NotificationKind = FIRST, alert: int | None = None) -> None:
        message = NewMessage(self.village.keeper, kind, f"【库】{text}", text, alert)
        with self.village.dbs.records.write() as tx:
            notifications.queue(tx, now, self.channel.name, message)

    def sent(self, now: int) -> list[str]:
        """What leaves at `now`."""
        before = len(self.channel.to(KEEPER))
        self.outbox.step(now)
        return self.channel.to(KEEPER)[before:]


@pytest.fixture
def post(village: Village) -> Post:
    return Post(village)


@pytest.mark.parametrize("ahead", [MINUTE_MS, HOUR_MS, 400 * DAY_MS])
def test_a_text_queued_by_a_clock_that_ran_ahead_leaves_at_once(post: Post, ahead: int) -> None:
    post.queue("a", T0 + ahead)
    assert post.sent(T0) == ["a"]


@pytest.mark.parametrize("ahead", [HOUR_MS, DAY_MS])
def test_a_failed_try_of_a_clock_that_ran_ahead_is_made_again_at_once(post: Post, ahead: int) -> None:
    post.queue("a", T0 + ahead)
    post.channel.refused = {"a"}
    assert post.sent(T0 + ahead) == []
    post.channel.refused = set()
    assert post.sent(T0) == ["a"]


def test_a_failed_try_waits_for_its_delay(post: Post) -> None:
    post.queue("a", T0)
    post.channel.refused = {"a"}
    assert post.sent(T0) == []
    post.channel.refused = set()
    assert post.sent(T0 + RETRY_AFTER[0] - 1) == []
    assert post.sent(T0 + RETRY_AFTER[0]) == ["a"]


def test_a_text_that_waits_for_its_next_try_holds_up_no_other_alert(post: Post) -> None:
    post.queue("a", T0, FIRST, post.alert("critical"))
    post.channel.refused = {"a"}
    assert post.sent(T0) == []
    post.queue("b", T0 + 1, FIRST, post.alert("critical", "low"))
    post.queue("t", T0 + 1, TRIAL)
    assert post.sent(T0 + 1) == ["b", "t"]


def test_nobody_hears_of_the_end_of_an_alert_before_its_beginning(post: Post) -> None:
    alert = post.alert("critical")
    post.queue("a", T0, FIRST, alert)
    post.channel.refused = {"a"}
    assert post.sent(T0) == []
    post.queue("a is over", T0 + 1, END, alert)
    assert post.sent(T0 + 1) == []
    post.channel.refused = set()
    assert post.sent(T0 + RETRY_AFTER[0]) == ["a", "a is over"]


def test_what_is_urgent_leaves_before_what_was_queued_earlier(post: Post) -> None:
    post.queue("trial", T0, TRIAL)
    post.queue("warning", T0, FIRST, post.alert("warning", "low"))
    post.queue("answer", T0, ANSWER)
    post.queue("critical", T0, FIRST, post.alert("critical"))
    post.queue("last word", T0, NotificationKind.LAST_WORD)
    assert post.sent(T0) == ["critical", "last word", "warning", "answer", "trial"]


@pytest.mark.parametrize(("holder", "waits"), [("a/b:1:1", True), (None, False)])
def test_what_a_killed_sender_had_claimed_is_sent_by_the_next_one_at_once(
    post: Post, holder: str | None, waits: bool
) -> None:
    """A sender on another machine may still be at work."""
    child = subprocess.Popen(["sleep", "60"])
    gone = process_name(child.pid)
    child.kill()
    child.wait()
    post.queue("a", T0)
    with post.village.dbs.records.write() as tx:
        notifications.claim(tx, T0, post.channel.name, claimed_by=holder or gone)
    assert post.sent(T0 + 1) == ([] if waits else ["a"])


def test_a_message_whose_sender_died_is_sent_again_after_its_claim(post: Post) -> None:
    post.queue("a", T0)
    with post.village.dbs.records.write() as tx:
        assert notifications.claim(tx, T0, post.channel.name) is not None
    assert post.sent(T0 + notifications.CLAIM_FOR - 1) == []
    assert post.sent(T0 + notifications.CLAIM_FOR) == ["a"]
