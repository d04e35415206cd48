"""Whom an alert reaches, in which order, until somebody answers."""

from sqlalchemy import delete, update

from core.errors import SendError
from core.times import HOUR_MS, MINUTE_MS
from store.alerts import alerts
from store.alerts.alert_events import events
from store.alerts.lifecycle import close
from store.notifications import notifications
from store.notifications.tables import duties
from store.overview import system_issues
from store.people.tables import people
from tests.alerts.village import BACK, BY_DAY, KEEPER, MANAGER, SECOND, T0, Desk


def test_first_on_duty_then_the_second_then_the_manager(desk: Desk) -> None:
    desk.minutes(31, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [KEEPER]
    desk.minutes(5, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [KEEPER, SECOND]
    desk.minutes(5, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [KEEPER, SECOND, MANAGER]
    assert desk.phones.to(MANAGER)[0].startswith("没人接,转到你了:2号库太热8.0度,该在7度以下,已40分钟")


def test_nobody_is_asked_any_more_once_somebody_goes(desk: Desk) -> None:
    desk.minutes(37, a=8.0)
    desk.answer(SECOND, "1")
    before = len(desk.phones.got)
    desk.minutes(60, a=8.0)
    assert len(desk.phones.got) == before
    assert desk.phones.to(KEEPER)[-1] == "2号库太热:李师傅说我去。"
    assert desk.phones.to(SECOND)[-1] == "记下了:2号库你去。先开门通风10分钟,两个人一起进。"
    assert desk.phones.to(MANAGER) == []


def test_back_to_normal_goes_only_to_those_who_were_told(desk: Desk) -> None:
    desk.minutes(37, a=8.0)
    desk.answer(SECOND, "1")
    desk.minutes(BACK, a=5.0)
    assert desk.phones.to(KEEPER)[-1] == "2号库太热:李师傅说我去。", "it is night, and somebody else went"
    assert desk.phones.to(SECOND)[-1].startswith("2号库好了,现在5.0度。")
    desk.village.clock = T0 + 7 * HOUR_MS
    desk.minutes(1, a=5.0)
    assert desk.phones.to(KEEPER)[-1].startswith("2号库好了,00:37是5.0度。")


def test_by_day_everybody_who_was_told_hears_the_end(desk: Desk) -> None:
    desk.village.clock = BY_DAY
    desk.minutes(37, a=8.0)
    desk.answer(SECOND, "1")
    desk.minutes(BACK, a=5.0)
    for phone in (KEEPER, SECOND):
        assert desk.phones.to(phone)[-1].startswith(
            "2号库好了,现在5.0度。一共37分钟,最高8.0度。处理人:李师傅。"
        )
    assert desk.phones.to(MANAGER) == []
    with desk.village.dbs.records.read() as tx:
        assert alerts.unsettled(tx) == []


def test_it_is_repeated_at_most_four_times_each_and_then_said_aloud(desk: Desk) -> None:
    desk.minutes(180, a=8.0)
    for phone in (KEEPER, SECOND, MANAGER):
        assert len(desk.phones.to(phone)) == 4
    with desk.village.dbs.records.read() as tx:
        assert [e.kind for e in events(tx, 1)].count("told_all_there_are") == 1
        assert [p.name for p in system_issues.open_issues(tx)] == ["alerts.told_all_there_are.1"]
    desk.minutes(BACK, a=5.0)
    with desk.village.dbs.records.read() as tx:
        assert system_issues.open_issues(tx) == []


def test_an_alert_that_nobody_can_be_told_is_a_problem_on_the_page(desk: Desk) -> None:
    with desk.village.dbs.records.write() as tx:
        tx.execute(delete(duties))
        tx.execute(update(people).values(phone=None))
    desk.minutes(40, a=8.0)
    with desk.village.dbs.records.read() as tx:
        assert [p.name for p in system_issues.open_issues(tx)] == ["alerts.nobody_to_tell.1"]
        assert [e.kind for e in events(tx, 1)].count("nobody_to_tell") == 1


def test_a_text_that_was_refused_goes_to_the_next_person_at_once(desk: Desk) -> None:
    desk.phones.broken = SendError("no such number", retry=False)
    desk.minutes(31, a=8.0)
    desk.phones.broken = None
    desk.minutes(1, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [SECOND]
    with desk.village.dbs.records.read() as tx:
        assert "not_reached" in [e.kind for e in events(tx, 1)]
        assert [n.status for n in notifications.notifications(tx)] == ["sent", "failed"]


def test_a_network_that_is_down_for_an_hour_is_no_flood_afterwards(desk: Desk) -> None:
    desk.phones.broken = SendError("connection refused", retry=True)
    desk.minutes(95, a=8.0)
    with desk.village.dbs.records.read() as tx:
        assert "alerts.sending" in [p.name for p in system_issues.open_issues(tx)]
    desk.phones.broken = None
    desk.minutes(11, a=8.0)
    assert all(len(desk.phones.to(phone)) <= 2 for phone in (KEEPER, SECOND, MANAGER))
    with desk.village.dbs.records.read() as tx:
        assert "alerts.sending" not in [p.name for p in system_issues.open_issues(tx)]


def test_nobody_reads_the_end_before_the_beginning(desk: Desk) -> None:
    desk.village.clock = BY_DAY
    desk.minutes(31, a=5.0)
    desk.phones.broken = SendError("busy", retry=True)
    desk.minutes(31, a=8.0)
    desk.minutes(BACK, a=5.0)
    desk.phones.broken = None
    desk.minutes(40, a=5.0)
    first, *_, last = desk.phones.to(KEEPER)
    assert "太热8.0度" in first
    assert last.startswith("2号库好了")


def test_the_end_of_what_never_went_out_is_told_in_one_text(desk: Desk) -> None:
    village = desk.village
    village.clock = BY_DAY
    village.minutes(desk.engine, 31, a=8.0)
    village.minutes(desk.engine, BACK, a=5.0)
    desk.mail()
    [text] = desk.phones.to(KEEPER)
    assert "期间2号库太热最高8.0度" in text


def test_an_english_reader_is_told_in_english(desk: Desk) -> None:
    with desk.village.dbs.records.write() as tx:
        tx.execute(update(people).where(people.c.id == desk.village.keeper).values(language="en"))
    desk.minutes(31, a=8.0)
    assert "2号库 too warm 8.0°C, max 7°C" in desk.phones.to(KEEPER)[0]


def test_who_comes_on_duty_meanwhile_is_asked_too(desk: Desk) -> None:
    with desk.village.dbs.records.write() as tx:
        tx.execute(delete(duties).where(duties.c.person == desk.village.second))
        tx.execute(
            duties.insert().values(
                site=desk.village.site,
                person=desk.village.second,
                starts_at=desk.village.clock + 42 * MINUTE_MS,
                ends_at=desk.village.clock + 9_000 * MINUTE_MS,
            )
        )
    desk.minutes(41, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [KEEPER, MANAGER]
    desk.minutes(5, a=8.0)
    assert [phone for phone, _ in desk.phones.got] == [KEEPER, MANAGER, SECOND]


def test_of_an_alert_that_is_closed_nothing_goes_out_any_more(desk: Desk) -> None:
    village = desk.village
    village.minutes(desk.engine, 31, a=8.0)
    with village.dbs.records.write() as tx:
        close(tx, village.clock, 1, village.manager, "误报", "")
    desk.mail()
    assert desk.phones.got == []
    with village.dbs.records.read() as tx:
        assert [row.status for row in notifications.notifications(tx)] == ["dropped"]
