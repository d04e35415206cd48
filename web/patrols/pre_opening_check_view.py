"""开库前体检 on the pages: findings by topic, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from core.patrols.pre_opening_check import (
    RANK,
    SAID,
    TOPICS,
    WORDS,
    CheckResult,
    CheckVerdict,
    sentence,
    worst,
)
from store.patrols.pre_opening_checks import ContactCheckResult, PreOpeningCheck
from store.rooms.places import room_names
from store.rooms.timezones import federation_timezone, timezones
from web.base.localizer import Localizer, short_name
from web.base.names import short_people_names


@dataclass(frozen=True, slots=True)
class CheckFindingView:
    """What is the matter in how many places, and the one thing to do about all of them."""

    state: str
    word: str
    found: Sequence[str]
    todo: str


@dataclass(frozen=True, slots=True)
class CheckTopicView:
    """`state` is that of its worst finding."""

    title: str
    state: str
    word: str
    findings: Sequence[CheckFindingView]


@dataclass(frozen=True, slots=True)
class CheckView:
    ident: int
    room: int | None
    about: str
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
    about: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    name: str
    when: str
    word: str
    state: str


STATES = {CheckVerdict.OK: "ok", CheckVerdict.LOOK: "attention", CheckVerdict.BAD: "danger"}
"""The colours of the board."""


def check_view(tx: Connection, words: Localizer, found: PreOpeningCheck) -> CheckView:
    """The topics in trouble first."""
    zone = timezones(tx).of_room(found.room)
    names = short_people_names(tx)
    places = room_names(tx)
    by_topic = sorted(found.lines, key=lambda line: TOPICS.index(SAID[line.code].topic))
    topics = [
        _topic(title, list(each), words)
        for title, each in groupby(by_topic, key=lambda line: SAID[line.code].topic)
    ]
    order = list(STATES.values())
    bad = sum(line.word == CheckVerdict.BAD for line in found.lines)
    look = sum(line.word == CheckVerdict.LOOK for line in found.lines)
    return CheckView(
        ident=found.id,
        room=found.room,
        about=places.get(found.room or 0, "") or words("全部库棚"),
        when=f"{words.day(found.at, zone)} {words.clock(found.at, zone)}",
        who=names.get(found.by or 0, ""),
        state=STATES[CheckVerdict(found.worst)],
        word=words(WORDS[CheckVerdict(found.worst)]),
        counts=words("%(bad)s样坏，%(look)s样要看", bad=bad, look=look) if bad or look else words("都好"),
        topics=sorted(topics, key=lambda topic: -order.index(topic.state)),
    )


def _topic(title: str, found: Sequence[CheckResult], words: Localizer) -> CheckTopicView:
    word = worst(found)
    in_order = sorted(found, key=lambda line: (RANK[line.word], line.code))
    findings = [
        CheckFindingView(
            STATES[state],
            words(WORDS[state]),
            [sentence(SAID[line.code].found, line.facts, words.translate) for line in each],
            words(SAID[code].todo) if SAID[code].todo else "",
        )
        for (state, code), each in groupby(in_order, key=lambda line: (line.word, line.code))
    ]
    return CheckTopicView(words(title), STATES[word], words(WORDS[word]), findings)


def lines(tx: Connection, words: Localizer, found: Sequence[PreOpeningCheck], now: int) -> list[CheckLine]:
    zones = timezones(tx)
    names = short_people_names(tx)
    places = room_names(tx)
    return [
        CheckLine(
            one.id,
            words.moment(one.at, now, zones.of_room(one.room)),
            names.get(one.by or 0, ""),
            places.get(one.room or 0, "") or words("全部库棚"),
            STATES[CheckVerdict(one.worst)],
            words(WORDS[CheckVerdict(one.worst)]),
        )
        for one in found
    ]


def trial_lines(
    tx: Connection, words: Localizer, found: Sequence[ContactCheckResult], now: int
) -> list[TrialLine]:
    """Who will be on duty, and how the last trial text went."""
    zone = federation_timezone(tx)
    told = []
    for one in found:
        if not one.person.phone:
            word, state = words("没留电话"), "danger"
        elif one.queued_at is None:
            word, state = words("没试过"), "attention"
        elif one.answered:
            word, state = words("回了"), "ok"
        elif one.status == "failed":
            word, state = words("没发出去"), "danger"
        else:
            word, state = words("还没回"), "attention"
        when = "" if one.queued_at is None else words.moment(one.queued_at, now, zone)
        told.append(TrialLine(short_name(one.person.name), when, word, state))
    return told
