"""Answers by SMS: `1` acknowledges, `2` passes the alert on. Each answer takes effect once."""

import logging
from typing import NamedTuple

from sqlalchemy import Connection

from alerts import contact_check
from alerts.channels.contract import Channel, InboundMessage
from alerts.notification_planner import NotificationPlanner
from alerts.text_context import TextContext
from core.alerts.alerts import Alert, AlertStatus
from core.alerts.conditions import can_wait
from core.notifications.alert_texts import ReplyEffect, TextStyle, reply_text
from core.notifications.escalation import NotificationKind
from core.notifications.new_message import NewMessage
from core.notifications.sms_replies import SmsReply, understand
from core.people.people import Person
from core.times import HOUR_MS
from i18n.language import as_lang, translator
from store.alerts import alerts
from store.alerts.lifecycle import acknowledge, hand_back
from store.database import Databases
from store.notifications import notifications
from store.people.people import by_phone

log = logging.getLogger(__name__)

REPEAT_REPLY_AFTER_MS = HOUR_MS
"""Minimum time between two equal replies to one phone, because an auto-reply would answer each."""


class ReplyContent(NamedTuple):
    """What a reply says: about which alert, whose name, how many alerts still wait for this person."""

    effect: ReplyEffect
    alert: Alert | None = None
    name: str = ""
    waiting: int = 0


class Inbox:
    def __init__(self, dbs: Databases, channel: Channel, planner: NotificationPlanner) -> None:
        self.dbs = dbs
        self.channel = channel
        self.planner = planner

    def step(self, now: int) -> int:
        """Processes inbound messages and returns their number. Raises SendError if the channel cannot be
        read."""
        with self.dbs.records.read() as tx:
            after = notifications.cursor(tx, self.channel.name)
        messages = self.channel.receive(after)
        for message in messages:
            with self.dbs.records.write() as tx:
                if not notifications.had_effect(tx, self.channel.name, message.external_id):
                    self._process(tx, now, message)
        return len(messages)

    def _process(self, tx: Connection, now: int, message: InboundMessage) -> None:
        person = by_phone(tx, message.phone)
        effect = "unknown_phone" if person is None else self._apply_reply(tx, now, message, person)
        notifications.keep_inbound(
            tx,
            channel=self.channel.name,
            external_id=message.external_id,
            phone=message.phone,
            text=message.text[:500],
            at=message.at,
            effect=effect,
        )
        log.info("inbound message %s: %s", message.external_id, effect)

    def _apply_reply(self, tx: Connection, now: int, message: InboundMessage, person: Person) -> str:
        reply = understand(message.text)
        if reply == SmsReply.GOING:
            return self._acknowledge(tx, now, message, person)
        if reply == SmsReply.PASS:
            return self._pass_on(tx, now, message, person)
        return self._reply_once(tx, message, now, person, ReplyEffect.HELP, "not_understood")

    def _acknowledge(self, tx: Connection, now: int, message: InboundMessage, person: Person) -> str:
        waiting = _alerts_sent_to(tx, person, AlertStatus.ACTIVE)
        if waiting:
            acknowledge(tx, now, waiting[0].id, person.id, "sms")
            more = len(waiting) - 1
            reply_effect = ReplyEffect.GOING_MORE if more else ReplyEffect.GOING
            self._reply(tx, now, message, person, ReplyContent(reply_effect, waiting[0], waiting=more))
            return "acknowledged"
        others = [
            a for a in _alerts_sent_to(tx, person, AlertStatus.ACKNOWLEDGED) if a.acknowledged_by != person.id
        ]
        if others:
            return self._reply_once(tx, message, now, person, ReplyEffect.TAKEN, "already_taken", others[0])
        if _alerts_sent_to(tx, person, AlertStatus.ACKNOWLEDGED):
            return "said_again"
        if contact_check.is_answer_expected(tx, person, message.at):
            return self._reply_once(tx, message, now, person, ReplyEffect.HEARD, "trial_heard")
        return self._reply_once(tx, message, now, person, ReplyEffect.NOTHING_OPEN, "nothing_open")

    def _pass_on(self, tx: Connection, now: int, message: InboundMessage, person: Person) -> str:
        theirs = [
            a for a in _alerts_sent_to(tx, person, AlertStatus.ACKNOWLEDGED) if a.acknowledged_by == person.id
        ]
        waiting = _alerts_sent_to(tx, person, AlertStatus.ACTIVE)
        if not waiting and not theirs:
            return self._reply_once(tx, message, now, person, ReplyEffect.NOTHING_OPEN, "nothing_open")
        alert = (waiting or theirs)[0]
        if not waiting:
            alert = hand_back(tx, now, alert.id, person.id, "sms")
        following = self.planner.pass_on(tx, now, alert, person)
        if following is None:
            self._reply(tx, now, message, person, ReplyContent(ReplyEffect.NOBODY_ELSE, alert))
            return "nobody_else"
        self._reply(tx, now, message, person, ReplyContent(ReplyEffect.PASSED, alert, following.name))
        return "passed_on"

    def _reply_once(
        self,
        tx: Connection,
        message: InboundMessage,
        now: int,
        person: Person,
        reply_effect: ReplyEffect,
        effect: str,
        alert: Alert | None = None,
    ) -> str:
        """Sends a reply, unless this phone got the same one within `REPEAT_REPLY_AFTER_MS`."""
        if notifications.answered_since(tx, message.phone, [effect], message.at - REPEAT_REPLY_AFTER_MS):
            return effect + "_again"
        name = TextContext.read(tx).name(alert.acknowledged_by) if alert else ""
        self._reply(tx, now, message, person, ReplyContent(reply_effect, alert, name))
        return effect

    def _reply(
        self,
        tx: Connection,
        now: int,
        message: InboundMessage,
        person: Person,
        content: ReplyContent,
    ) -> None:
        context = TextContext.read(tx)
        language = as_lang(person.language)
        style = TextStyle(context.signature, language, translator(language), context.weight_unit)
        alert = content.alert
        room = context.rooms[alert.room].name if alert else ""
        reply = NewMessage(
            person=person.id,
            kind=NotificationKind.ANSWER,
            text=reply_text(content.effect, style, room=room, name=content.name, count=content.waiting),
            dedup_key=f"answer:{self.channel.name}:{message.external_id}",
            alert=alert.id if alert else None,
        )
        notifications.queue(tx, now, self.channel.name, reply)


def _alerts_sent_to(tx: Connection, person: Person, status: str) -> list[Alert]:
    """Alerts of this status that the person was notified of, newest first; those that can wait come last, so
    an answer at night is never taken for a probe that was told by day."""
    sent_alerts = (alerts.alert(tx, ident) for ident in notifications.alerts_told_to(tx, person.id, [status]))
    return sorted((alert for alert in sent_alerts if alert is not None), key=can_wait)
