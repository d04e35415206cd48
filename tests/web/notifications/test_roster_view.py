from core.notifications.duty_weeks import Shift, week_start
from core.times import DAY_MS, HOUR_MS
from store.notifications.roster import duties
from store.people.people import set_active
from store.rooms.places import sites
from tests.web.builders import EN, NOW, ZH, ZONE
from tests.web.scene import Scene
from web.notifications.roster_view import DutyWeek, people_fit_for_duty, replace_duties, weeks

MONDAY = week_start(NOW, ZONE)
WEEK_MS = 7 * DAY_MS


def weeks_of(scene: Scene) -> list[DutyWeek]:
    with scene.dbs.records.read() as tx:
        return list(weeks(tx, sites(tx)[0], ZH, NOW))


def replace(scene: Scene, start: int, end: int, shifts: list[Shift]) -> list[tuple[int, int, int]]:
    with scene.dbs.records.write() as tx:
        replace_duties(tx, NOW, 1, start, end, shifts)
        return [(duty.person, duty.starts_at, duty.ends_at) for duty in duties(tx, 1)]


def test_a_week_that_runs_keeps_who_was_on_duty_until_now(scene: Scene) -> None:
    li = scene.people["li"]
    rows = replace(scene, MONDAY, MONDAY + WEEK_MS, [Shift(li, MONDAY, MONDAY + WEEK_MS)])
    over = [(person, end) for person, start, end in rows if start < NOW]
    assert {person for person, _ in over} == {scene.people["keeper"], li}
    assert {end for _, end in over} == {NOW}
    assert (li, NOW, MONDAY + WEEK_MS) in rows


def test_a_week_can_be_left_without_anybody(scene: Scene) -> None:
    replace(scene, MONDAY, MONDAY + WEEK_MS, [])
    assert weeks_of(scene)[0].parts == []


def test_four_weeks_are_shown_though_nobody_is_on_duty(scene: Scene) -> None:
    replace(scene, MONDAY, MONDAY + 10 * WEEK_MS, [])
    shown = weeks_of(scene)
    assert [week.title for week in shown] == ["这周", "下周", "2周后", "3周后"]
    assert [week.now for week in shown] == [True, False, False, False]


def test_weeks_are_shown_as_far_as_anybody_is_on_duty(scene: Scene) -> None:
    far = MONDAY + 6 * WEEK_MS
    replace(scene, far, far + WEEK_MS, [Shift(scene.people["li"], far, far + WEEK_MS)])
    assert len(weeks_of(scene)) == 7


def test_part_of_a_week_says_from_when_to_when(scene: Scene) -> None:
    start, half = MONDAY + WEEK_MS, MONDAY + WEEK_MS + 3 * DAY_MS + HOUR_MS
    replace(scene, start, start + WEEK_MS, [Shift(scene.people["li"], start, half)])
    (part,) = weeks_of(scene)[1].parts
    assert part.span == "1月19日 8:00到1月22日 9:00"


def test_somebody_who_left_is_marked_and_no_longer_offered(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        set_active(tx, NOW, scene.people["li"], False)
        assert scene.people["li"] not in {person.id for person in people_fit_for_duty(tx)}
    assert [part.left for part in weeks_of(scene)[0].parts if part.name == "李师傅"] in ([], [True])


def test_only_who_has_a_phone_and_may_accept_is_offered(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        fit = {person.id for person in people_fit_for_duty(tx)}
    assert fit == {scene.people[name] for name in ("keeper", "li", "manager")}


def test_weeks_are_told_in_english_too(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        first = weeks(tx, sites(tx)[0], EN, NOW)[0]
    assert "Jan" in first.days
