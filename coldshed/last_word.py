"""`coldshed last-word`: a UPS calls it before it switches the box off."""

import time

from alerts import last_word
from coldshed.data import WATCHING, databases
from coldshed.messages import translated
from coldshed.settings import Settings
from core.notifications.escalation import NotificationKind
from store.clock import now_ms
from store.database import Databases
from store.notifications import notifications

WAIT_S = 30.0
POLL_S = 0.2


def run(settings: Settings, minutes: int | None) -> int:
    """Queues the messages and waits until the alerts service has sent them. Returns 1 if that takes more
    than WAIT_S."""
    now = now_ms()
    with databases(settings, *WATCHING) as dbs:
        with dbs.records.write() as tx:
            recipients = last_word.queue_last_word(tx, now, settings.sms_channel, minutes)
        if not recipients:
            print(translated("没有能告诉的人：请在“人员”里写上电话，在“值班”里排上人"))
            return 1
        names = ", ".join(person.name for person in recipients)
        if _sent(dbs):
            print(translated("已经告诉：%(names)s", names=names))
            return 0
        print(translated("没发完，报警的程序可能没开：%(names)s", names=names))
        return 1


def _sent(dbs: Databases) -> bool:
    end = time.monotonic() + WAIT_S
    while True:
        with dbs.records.read() as tx:
            queued = notifications.notifications(tx, status="queued", limit=1000)
        if not any(notification.kind == NotificationKind.LAST_WORD for notification in queued):
            return True
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
