from itertools import combinations

import pytest

from core.overview.check_results import CheckResult, CheckVerdict
from core.patrols.patrols import TICKS, Patrol
from store.patrols.pre_opening_checks import ContactCheckResult, PreOpeningCheck
from tests.web.builders import EN, NOW, ZH, person
from tests.web.scene import Scene
from web.patrols.patrol_view import faults_text
from web.patrols.pre_opening_check_view import check_lines, check_view, contact_check_lines


def patrol(*wrong: str) -> Patrol:
    return Patrol(1, 3, NOW, NOW, 7, "door", None, None, None, wrong, "")


def test_all_well_is_said_in_a_word() -> None:
    assert faults_text(patrol(), ZH) == "都正常"


@pytest.mark.parametrize("wrong", list(combinations(TICKS, 2)))
def test_every_tick_that_was_not_well_is_named(wrong: tuple[str, str]) -> None:
    assert faults_text(patrol(*wrong), ZH).count("、") == 1
    assert faults_text(patrol(*wrong), ZH).endswith("有问题")
    assert faults_text(patrol(*wrong), EN).isascii()


def contact(**facts: object) -> ContactCheckResult:
    usual = {"person": person(), "queued_at": NOW - 60_000, "status": "sent", "answered": False}
    return ContactCheckResult(**{**usual, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "word", "state"),
    [
        ({"person": person(phone=None)}, "没留电话", "danger"),
        ({"queued_at": None, "status": ""}, "没试过", "attention"),
        ({"answered": True}, "回了", "ok"),
        ({"status": "failed"}, "没发出去", "danger"),
        ({}, "还没回", "attention"),
    ],
)
def test_each_way_a_trial_text_can_go_has_its_word_and_colour(
    scene: Scene, facts: dict[str, object], word: str, state: str
) -> None:
    with scene.dbs.records.read() as tx:
        (line,) = contact_check_lines(tx, ZH, [contact(**facts)], NOW)
    assert (line.word, line.state) == (word, state)
    assert (line.when == "") == ("queued_at" in facts)


BAD = CheckResult("probe_never", CheckVerdict.BAD, {"room": "3号库", "spot": "door"})
GOOD = CheckResult("probes_heard", CheckVerdict.OK, {"n": 3})


def check(*results: CheckResult, room: int | None = None) -> PreOpeningCheck:
    worst = CheckVerdict.BAD if BAD in results else CheckVerdict.OK
    return PreOpeningCheck(1, NOW, 99, room, worst, list(results))


def test_what_is_bad_counts_for_its_whole_topic(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        view = check_view(tx, ZH, check(GOOD, BAD))
    assert (view.state, view.counts, view.who) == ("danger", "1样坏，0样要看", "")
    (topic,) = view.topics
    assert topic.state == "danger"
    assert [finding.state for finding in topic.findings] == ["danger", "ok"]


def test_the_same_trouble_in_two_rooms_is_one_finding_with_one_thing_to_do(scene: Scene) -> None:
    other = BAD._replace(facts={"room": "4号库", "spot": "back"})
    with scene.dbs.records.read() as tx:
        (topic,) = check_view(tx, ZH, check(BAD, other)).topics
    (finding,) = topic.findings
    assert len(finding.places) == 2
    assert finding.todo


def test_a_check_without_trouble_says_so_and_which_rooms_it_was_of(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        view = check_view(tx, ZH, check(GOOD))
        (line,) = check_lines(tx, ZH, [check(GOOD, room=scene.rooms["3号库"])], NOW)
    assert (view.counts, view.scope) == ("都好", "全部库棚")
    assert line.scope == "3号库"
