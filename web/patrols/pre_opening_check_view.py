"""Pre-opening check: findings by topic, as texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from core.overview.check_results import RANK, VERDICT_NAMES, CheckResult, CheckVerdict, worst_verdict
from core.patrols.contact_check import ContactState, contact_state
from core.patrols.pre_opening_check_texts import CHECK_TEXTS, TOPICS, sentence
from store.patrols.pre_opening_checks import ContactCheckResult, PreOpeningCheck
from store.rooms.places import room_names
from store.rooms.timezones import federation_timezone, timezones
from web.base.localizer import N_, Localizer, short_name
from web.base.names import short_people_names


@dataclass(frozen=True, slots=True)
class CheckFindingView:
    """One kind of finding, the places that have it, and what to do about it."""

    state: str
    word: str
    places: Sequence[str]
    todo: str


@dataclass(frozen=True, slots=True)
class CheckTopicView:
    """`state` is the state of its worst finding."""

    title: str
    state: str
    word: str
    findings: Sequence[CheckFindingView]


@dataclass(frozen=True, slots=True)
class CheckView:
    ident: int
    room: int | None
    scope: str
    when: str
    who: str
    state: str
    word: str
    counts: str
    topics: Sequence[CheckTopicView]


@dataclass(frozen=True, slots=True)
class CheckLine:
    ident: int
    when: str
    who: str
    scope: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class ContactCheckLine:
    name: str
    when: str
    word: str
    state: str


STATES = {CheckVerdict.OK: "ok", CheckVerdict.LOOK: "attention", CheckVerdict.BAD: "danger"}
"""The board's colours."""
CONTACT_STATES = {
    ContactState.NO_PHONE: (N_("没留电话"), "danger"),
    ContactState.NEVER_TRIED: (N_("没试过"), "attention"),
    ContactState.ANSWERED: (N_("回了"), "ok"),
    ContactState.NOT_SENT: (N_("没发出去"), "danger"),
    ContactState.WAITING: (N_("还没回"), "attention"),
}


def check_view(tx: Connection, words: Localizer, stored: PreOpeningCheck) -> CheckView:
    """Topics with the worst state come first."""
    zone = timezones(tx).of_room(stored.room)
    names = short_people_names(tx)
    places = room_names(tx)
    by_topic = sorted(stored.lines, key=lambda line: TOPICS.index(CHECK_TEXTS[line.code].topic))
    topics = [
        _topic(title, list(results), words)
        for title, results in groupby(by_topic, key=lambda line: CHECK_TEXTS[line.code].topic)
    ]
    order = list(STATES.values())
    bad = sum(line.verdict == CheckVerdict.BAD for line in stored.lines)
    look = sum(line.verdict == CheckVerdict.LOOK for line in stored.lines)
    return CheckView(
        ident=stored.id,
        room=stored.room,
        scope=places.get(stored.room or 0, "") or words("全部库棚"),
        when=f"{words.day(stored.at, zone)} {words.clock(stored.at, zone)}",
        who=names.get(stored.by or 0, ""),
        state=STATES[CheckVerdict(stored.worst)],
        word=words(VERDICT_NAMES[CheckVerdict(stored.worst)]),
        counts=words("%(bad)s样坏，%(look)s样要看", bad=bad, look=look) if bad or look else words("都好"),
        topics=sorted(topics, key=lambda topic: -order.index(topic.state)),
    )


def _topic(title: str, results: Sequence[CheckResult], words: Localizer) -> CheckTopicView:
    verdict = worst_verdict(result.verdict for result in results)
    in_order = sorted(results, key=lambda line: (RANK[line.verdict], line.code))
    findings = [
        CheckFindingView(
            STATES[state],
            words(VERDICT_NAMES[state]),
            [sentence(CHECK_TEXTS[line.code].finding, line.facts, words.translate) for line in same],
            words(CHECK_TEXTS[code].todo) if CHECK_TEXTS[code].todo else "",
        )
        for (state, code), same in groupby(in_order, key=lambda line: (line.verdict, line.code))
    ]
    return CheckTopicView(words(title), STATES[verdict], words(VERDICT_NAMES[verdict]), findings)


def check_lines(
    tx: Connection, words: Localizer, past: Sequence[PreOpeningCheck], now: int
) -> list[CheckLine]:
    zones = timezones(tx)
    names = short_people_names(tx)
    places = room_names(tx)
    return [
        CheckLine(
            stored.id,
            words.moment(stored.at, now, zones.of_room(stored.room)),
            names.get(stored.by or 0, ""),
            places.get(stored.room or 0, "") or words("全部库棚"),
            STATES[CheckVerdict(stored.worst)],
            words(VERDICT_NAMES[CheckVerdict(stored.worst)]),
        )
        for stored in past
    ]


def contact_check_lines(
    tx: Connection, words: Localizer, contacts: Sequence[ContactCheckResult], now: int
) -> list[ContactCheckLine]:
    """People who will be on duty and the state of their last test message."""
    zone = federation_timezone(tx)
    rows = []
    for contact in contacts:
        phone = contact.person.phone
        state = contact_state(phone, contact.queued_at, contact.status, answered=contact.answered)
        word, colour = CONTACT_STATES[state]
        when = "" if contact.queued_at is None else words.moment(contact.queued_at, now, zone)
        rows.append(ContactCheckLine(short_name(contact.person.name), when, words(word), colour))
    return rows
