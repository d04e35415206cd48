"""What is done about an alert follows from its history alone, and the same history gives the same plan."""

from dataclasses import replace

from core.alerts.alerts import Alert
from core.alerts.evidence import (
    BoundEvidence,
    Evidence,
    ProbeFaultEvidence,
    ProbeSilenceEvidence,
    SilenceEvidence,
)
from core.notifications.alert_history import AlertHistory
from core.notifications.alert_plan import (
    AddEvent,
    AlertRoom,
    ClearIssue,
    DropUnsent,
    NoteIssue,
    PlanFacts,
    Settle,
    Take,
    plan,
    plan_digest,
    plan_pass_on,
)
from core.notifications.alert_texts import TextStyle
from core.notifications.escalation import SentNotification
from core.notifications.grouping import GATHER_FOR, RECOVER_WITHIN, group_silences
from core.notifications.new_message import NewMessage
from core.times import HOUR_MS, MINUTE_MS
from i18n.language import translator

NIGHT = 1_768_332_000_000  # 2026-01-14 03:20 in Fenyang
DAY = NIGHT + 6 * HOUR_MS
KEEPER, SECOND, MANAGER = 1, 2, 3
HOT = BoundEvidence(8.4, "door", bound=7.0, worst=9.1, worst_at=NIGHT)
SILENCE = SilenceEvidence(4.0, "door", quiet_minutes=10.0, last_value=4.0, last_at=NIGHT)
FAULT = ProbeFaultEvidence(85.0, "door", reported=85.0, reported_at=NIGHT, other_probes=1)


def alert(ident: int = 7, condition: str = "high", evidence: Evidence = HOT, **changed: object) -> Alert:
    facts: dict[str, object] = {
        "id": ident,
        "room": 1,
        "condition": condition,
        "metric": "temperature",
        "position_class": "air",
        "severity": "warning",
        "status": "active",
        "since": NIGHT - HOUR_MS,
        "activated_at": NIGHT - 30 * MINUTE_MS,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_at": None,
        "resolved_reason": None,
        "closed_at": None,
        "closed_by": None,
        "cause": None,
        "action": None,
        "evidence": evidence,
        "blind": False,
        "settled_at": None,
    }
    return Alert(**{**facts, **changed})  # type: ignore[arg-type]


def facts(now: int = NIGHT, order: tuple[int, ...] = (KEEPER, SECOND, MANAGER)) -> PlanFacts:
    return PlanFacts(
        now=now,
        rooms={
            1: AlertRoom("2号库", 1, "古池库区", "Asia/Shanghai"),
            2: AlertRoom("3号库", 1, "古池库区", "Asia/Shanghai"),
        },
        names={KEEPER: "任师傅", SECOND: "李师傅", MANAGER: "王经理"},
        order={1: order},
        catalogue={},
        style=lambda _person: TextStyle("万宝山", "zh", translator("zh")),
    )


def requests(
    *people: int, at: int = NIGHT, kind: str = "first", status: str = "sent"
) -> list[SentNotification]:
    return [SentNotification(person, kind, at, status, int(status == "sent")) for person in people]


def messages(changes: object) -> list[tuple[int, str]]:
    assert isinstance(changes, list | tuple)
    return [(change.person, change.kind) for change in changes if isinstance(change, NewMessage)]


def test_the_first_person_is_asked_once_with_a_key_that_repeats() -> None:
    made = plan(AlertHistory(alert()), facts())
    assert messages(made.changes) == [(KEEPER, "first")]
    assert made == plan(AlertHistory(alert()), facts())
    [message] = [change for change in made.changes if isinstance(change, NewMessage)]
    assert message.dedup_key == "alert:7:first:0:person:1"


def test_a_message_that_waits_is_not_queued_a_second_time() -> None:
    history = AlertHistory(alert(), requests(KEEPER, status="queued"), {KEEPER: 1})
    assert plan(history, facts(NIGHT + MINUTE_MS)).changes == []


def test_the_next_message_to_a_person_has_another_key() -> None:
    history = AlertHistory(alert(), requests(KEEPER, SECOND, MANAGER), {KEEPER: 3})
    made = plan(history, facts(NIGHT + HOUR_MS))
    keys = [change.dedup_key for change in made.changes if isinstance(change, NewMessage)]
    assert keys[0] == "alert:7:again:3:person:1"


def test_who_was_asked_hears_once_that_it_became_critical() -> None:
    history = AlertHistory(alert(severity="critical"), requests(KEEPER, SECOND), last_at={"escalated": NIGHT})
    assert messages(plan(history, facts()).changes) == [(KEEPER, "worse"), (SECOND, "worse")]
    history_told = replace(history, requests=[*history.requests, *requests(KEEPER, kind="worse")])
    assert messages(plan(history_told, facts()).changes) == []


def test_nobody_to_tell_is_noted_once() -> None:
    made = plan(AlertHistory(alert()), facts(order=()))
    assert NoteIssue("alerts.nobody_to_tell.7", "2号库") in made.changes
    again = AlertHistory(alert(), last_at={"nobody_to_tell": NIGHT})
    assert plan(again, facts(order=())).changes == []


def test_the_others_hear_who_goes_and_what_never_left_is_dropped() -> None:
    taken = alert(status="acknowledged", acknowledged_at=NIGHT, acknowledged_by=KEEPER)
    history = AlertHistory(taken, [*requests(KEEPER, SECOND), *requests(MANAGER, status="queued")])
    made = plan(history, facts())
    assert made.changes[0] == DropUnsent(7)
    assert messages(made.changes) == [(SECOND, "taken")]
    assert AddEvent(7, "taken_said", {"others": 2}) in made.changes
    assert plan(replace(history, last_at={"taken_said": NIGHT}), facts()).changes == []


def test_the_end_is_told_to_all_who_were_asked_and_settles_the_alert() -> None:
    over = alert(status="resolved", resolved_at=DAY, resolved_reason="back_inside")
    made = plan(AlertHistory(over, requests(KEEPER, SECOND)), facts(DAY))
    assert messages(made.changes) == [(KEEPER, "end"), (SECOND, "end")]
    assert Settle(7) in made.changes
    assert ClearIssue("alerts.nobody_to_tell.7") in made.changes


def ended_at_night(acknowledged_by: int | None = None) -> AlertHistory:
    over = alert(status="resolved", resolved_at=NIGHT, resolved_reason="back_inside")
    over = replace(over, acknowledged_by=acknowledged_by)
    return AlertHistory(over, requests(KEEPER, SECOND, MANAGER))


def test_at_night_only_who_went_hears_that_it_is_over() -> None:
    went = replace(ended_at_night(acknowledged_by=SECOND), went=frozenset({SECOND}))
    made = plan(went, facts(NIGHT))
    assert messages(made.changes) == [(SECOND, "end")]
    assert Settle(7) not in made.changes
    alert = replace(went, heard_end=frozenset({SECOND}), last_at={"end_begun": NIGHT})
    assert plan(alert, facts(NIGHT + HOUR_MS)).changes == []
    morning = plan(alert, facts(DAY))
    assert messages(morning.changes) == [(KEEPER, "end"), (MANAGER, "end")]
    assert Settle(7) in morning.changes


def test_what_is_said_in_the_morning_is_not_called_now() -> None:
    alert = replace(ended_at_night(), last_at={"end_begun": NIGHT})
    texts = {change.text for change in plan(alert, facts(DAY)).changes if isinstance(change, NewMessage)}
    assert len(texts) == 1
    assert "2号库好了,03:20是8.4度" in texts.pop()


def test_what_waits_for_the_morning_is_dropped_only_once() -> None:
    made = plan(ended_at_night(), facts(NIGHT))
    assert [made.changes[0], made.changes[-1]] == [DropUnsent(7), AddEvent(7, "end_begun", {})]
    assert ClearIssue("alerts.told_all_there_are.7") in made.changes
    assert messages(made.changes) == []
    again = replace(ended_at_night(), last_at={"end_begun": NIGHT})
    assert plan(again, facts(NIGHT + MINUTE_MS)).changes == []
    assert DropUnsent(7) not in plan(again, facts(DAY)).changes


def test_nobody_is_woken_for_what_came_and_went_untold() -> None:
    history = replace(ended_at_night(), requests=[])
    assert plan(history, facts(NIGHT)).digest_for is None
    again = replace(history, last_at={"end_begun": NIGHT})
    assert plan(again, facts(DAY)).digest_for == KEEPER


def test_an_end_that_nobody_saw_is_never_called_good() -> None:
    for reason, word in (("probe_silent", "没数了"), ("probe_doubted", "数不准了")):
        over = alert(status="resolved", resolved_at=DAY, resolved_reason=reason)
        made = plan(AlertHistory(over, requests(KEEPER)), facts(DAY))
        [text] = [change.text for change in made.changes if isinstance(change, NewMessage)]
        assert f"2号库门边探头{word},偏高好没好不知道" in text
        assert "好了" not in text
        untold = plan(AlertHistory(over), facts(DAY))
        assert (untold.digest_for, messages(untold.changes)) == (None, []), "a digest would call it good"


def test_nobody_else_is_woken_while_the_room_recovers() -> None:
    back = replace(HOT, value=6.9)
    history = AlertHistory(alert(evidence=back), requests(KEEPER))
    assert plan(history, facts(NIGHT + HOUR_MS)).changes == []
    assert messages(plan(AlertHistory(alert(), requests(KEEPER)), facts(NIGHT + HOUR_MS)).changes) == [
        (SECOND, "next")
    ]


def test_what_came_and_went_untold_is_settled_with_its_digest_and_not_before() -> None:
    over = alert(status="resolved", resolved_at=DAY, resolved_reason="back_inside")
    history = AlertHistory(over)
    made = plan(history, facts(DAY))
    assert made.digest_for == KEEPER
    assert Settle(7) not in made.changes
    assert made.past
    changes = plan_digest(KEEPER, [(history, made.past)], facts(DAY))
    assert messages(changes) == [(KEEPER, "digest")]
    assert Settle(7) in changes


def test_what_was_told_with_another_alert_needs_no_digest() -> None:
    over = alert(condition="silent", evidence=SILENCE, status="resolved", resolved_at=NIGHT)
    made = plan(AlertHistory(over, joined=True), facts())
    assert (made.digest_for, messages(made.changes)) == (None, [])
    assert Settle(7) in made.changes


def test_a_faulty_probe_waits_for_the_day_while_others_see_the_room() -> None:
    fault = alert(condition="implausible", evidence=FAULT)
    assert plan(AlertHistory(fault), facts(NIGHT)).changes == []
    assert messages(plan(AlertHistory(fault), facts(DAY)).changes) == [(KEEPER, "first")]
    assert messages(plan(AlertHistory(replace(fault, blind=True)), facts(NIGHT)).changes) == [
        (KEEPER, "first")
    ]


def test_passing_on_asks_the_next_person_and_nobody_where_there_is_no_other() -> None:
    following, changes = plan_pass_on(AlertHistory(alert(), requests(KEEPER)), facts(), KEEPER)
    assert (following, messages(changes)) == (SECOND, [(SECOND, "passed_on")])
    assert AddEvent(7, "passed_on", {"to": SECOND}, KEEPER) in changes
    assert plan_pass_on(AlertHistory(alert(), requests(KEEPER)), facts(order=(KEEPER,)), KEEPER) == (None, [])


def silent(ident: int, **changed: object) -> Alert:
    return alert(ident, "silent", SILENCE, activated_at=NIGHT, **changed)


def test_silent_rooms_of_a_site_wait_a_minute_for_each_other_then_one_speaks_for_all() -> None:
    histories = [AlertHistory(silent(1)), AlertHistory(silent(2, room=2))]
    early = group_silences(histories, {1: 1, 2: 1}, NIGHT + GATHER_FOR - 1)
    assert (set(early.held), list(early.changes)) == ({1, 2}, [])
    group = group_silences(histories, {1: 1, 2: 1}, NIGHT + GATHER_FOR)
    assert (set(group.held), dict(group.rooms)) == ({2}, {1: 2})
    assert group.changes == [AddEvent(2, "joined", {"lead": 1}), AddEvent(1, "gathered", {"rooms": 2})]


def test_silent_rooms_of_two_sites_are_two_messages() -> None:
    group = group_silences(
        [AlertHistory(silent(1)), AlertHistory(silent(2, room=2))], {1: 1, 2: 9}, NIGHT + HOUR_MS
    )
    assert (group.held, group.changes) == (frozenset(), [])


QUIET = ProbeSilenceEvidence(
    4.0,
    "door",
    quiet_minutes=10.0,
    last_value=4.0,
    last_at=NIGHT,
    other_probes=1,
    urgent=False,
    was_outside=False,
)


def probe_silent(ident: int, evidence: ProbeSilenceEvidence = QUIET, **changed: object) -> Alert:
    blind = evidence.urgent
    return replace(
        alert(ident, "probe_silent", evidence),
        activated_at=NIGHT,
        series=ident,
        blind=blind,
        **changed,  # type: ignore[arg-type]
    )


def test_silent_probes_are_one_message_and_a_silent_room_is_another() -> None:
    histories = [
        AlertHistory(probe_silent(1)),
        AlertHistory(probe_silent(2, room=2)),
        AlertHistory(silent(3)),
    ]
    group = group_silences(histories, {1: 1, 2: 1}, NIGHT + GATHER_FOR)
    assert (set(group.held), dict(group.rooms)) == ({2}, {1: 2})
    assert plan(histories[0], facts(NIGHT)).changes == [], "it waits for the day"
    [message] = [c for c in plan(histories[0], facts(DAY), 2).changes if isinstance(c, NewMessage)]
    assert "古池库区2个探头没数" in message.text


def test_a_probe_that_was_outside_is_told_on_its_own_and_at_once() -> None:
    hot = replace(QUIET, value=9.0, urgent=True, was_outside=True)
    histories = [AlertHistory(probe_silent(1, hot)), AlertHistory(probe_silent(2, hot))]
    assert group_silences(histories, {1: 1}, NIGHT).held == frozenset()
    [message] = [c for c in plan(histories[0], facts(NIGHT)).changes if isinstance(c, NewMessage)]
    assert "2号库门边探头没数,没数前9.0度,好没好不知道" in message.text


def test_a_silence_that_becomes_urgent_no_longer_waits_behind_another() -> None:
    lead = probe_silent(1)
    urgent = AlertHistory(probe_silent(2, replace(QUIET, urgent=True)), joined=True, lead=lead)
    group = group_silences([AlertHistory(lead, requests(KEEPER)), urgent], {1: 1}, NIGHT + HOUR_MS)
    assert group.held == frozenset()
    assert messages(plan(urgent, facts(NIGHT + HOUR_MS)).changes) == [(KEEPER, "first")]


def test_who_goes_for_the_first_goes_for_those_that_joined() -> None:
    lead = silent(1, status="acknowledged", acknowledged_by=KEEPER)
    group = group_silences([AlertHistory(silent(2, room=2), joined=True, lead=lead)], {1: 1, 2: 1}, NIGHT)
    assert (set(group.held), list(group.changes)) == ({2}, [Take(2, KEEPER)])


def test_a_room_that_stays_silent_after_the_first_is_back_is_told_on_its_own() -> None:
    lead = silent(1, status="resolved", resolved_at=NIGHT)
    history = AlertHistory(silent(2, room=2), joined=True, lead=lead)
    assert group_silences([history], {1: 1, 2: 1}, NIGHT + RECOVER_WITHIN - 1).held == {2}
    assert group_silences([history], {1: 1, 2: 1}, NIGHT + RECOVER_WITHIN).held == frozenset()
