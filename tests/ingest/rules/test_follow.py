"""Rules come and go while everything runs; a wrong one harms nobody but itself."""

from collections.abc import Callable

import pytest

from core.decoding.rules import Rule, ValueSource
from core.errors import StoreError
from ingest.decoders import Router
from ingest.rules.files import to_toml
from ingest.rules.rule_follower import RuleFollower
from store.database import Databases
from store.decoding import rules
from store.overview import system_issues

NOW = 1_800_000_000_000


def rule(name: str, topic: str) -> Rule:
    return Rule(name=name, topics=[topic], values=[ValueSource(path="t", metric="temperature")])


@pytest.fixture
def follow(dbs: Databases) -> Callable[[], Router]:
    router = Router()
    following = RuleFollower(dbs, router, lambda: NOW)

    def after() -> Router:
        following.refresh()
        return router

    return after


def knows(router: Router, topic: str) -> bool:
    return router.find(topic) is not None


def issue_texts(dbs: Databases) -> dict[str, str]:
    with dbs.records.read() as tx:
        return {issue.name: issue.text for issue in system_issues.open_issues(tx)}


def test_a_rule_of_the_page_works_until_it_is_switched_off(
    dbs: Databases, follow: Callable[[], Router]
) -> None:
    assert not knows(follow(), "farm/1/x")
    with dbs.records.write() as tx:
        made = rules.add_rule(tx, NOW, rule("a", "farm/{device}/x"), None)
    assert knows(follow(), "farm/1/x")
    with dbs.records.write() as tx:
        rules.change_rule(tx, NOW, made, None, active=False)
    assert not knows(follow(), "farm/1/x")


def test_a_file_works_as_soon_as_it_is_there_and_a_wrong_one_is_said(
    dbs: Databases, follow: Callable[[], Router]
) -> None:
    folder = dbs.data_dir / "rules"
    folder.mkdir()
    (folder / "good.toml").write_text(to_toml(rule("b", "farm/{device}/y")), "utf-8")
    (folder / "bad.toml").write_text('name = "c"\ntopics = ["#"]', "utf-8")
    (folder / "worse.toml").write_bytes(b"\xff\xfe")
    assert knows(follow(), "farm/1/y")
    assert set(issue_texts(dbs)) == {"rule:bad.toml", "rule:worse.toml"}
    assert "#" in issue_texts(dbs)["rule:bad.toml"]
    (folder / "bad.toml").write_text(to_toml(rule("c", "farm/{device}/z")), "utf-8")
    (folder / "worse.toml").unlink()
    assert knows(follow(), "farm/1/z")
    assert issue_texts(dbs) == {}
    (folder / "good.toml").unlink()
    assert not knows(follow(), "farm/1/y")


def test_a_file_in_the_folder_of_early_versions_still_works(
    dbs: Databases, follow: Callable[[], Router]
) -> None:
    (dbs.data_dir / "recipes").mkdir()
    (dbs.data_dir / "recipes/old.toml").write_text(to_toml(rule("o", "farm/{device}/old")), "utf-8")
    assert knows(follow(), "farm/1/old")


def test_nothing_is_loaded_where_nothing_changed(dbs: Databases, follow: Callable[[], Router]) -> None:
    before = follow().version
    assert follow().version == before


def test_the_old_rules_stay_while_the_store_does_not_answer(
    dbs: Databases, follow: Callable[[], Router], monkeypatch: pytest.MonkeyPatch
) -> None:
    with dbs.records.write() as tx:
        rules.add_rule(tx, NOW, rule("a", "farm/{device}/x"), None)
    assert knows(follow(), "farm/1/x")

    def away() -> None:
        raise StoreError("the disk is away")

    monkeypatch.setattr(dbs.records, "read", away)
    assert knows(follow(), "farm/1/x")
