from functools import partial

import pytest

from core.decoding.rules import Rule, ValueSource
from core.errors import Refused
from store.database import Databases
from store.decoding import rules
from store.tables import changes

NOW = 1_800_000_000_000


def rule(name: str = "north") -> Rule:
    return Rule(name=name, topics=["farm/{device}/up"], values=[ValueSource(path="t", metric="temperature")])


def test_a_rule_comes_back_as_it_was_made_and_its_changes_are_noted(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        made = rules.add_rule(tx, NOW, rule(), None)
        before = rules.versions(tx)
        rules.change_rule(tx, NOW + 1, made, None, active=False)
        kept = rules.stored_rule(tx, made)
        assert kept is not None
        assert (kept.rule, kept.active, kept.changed_at) == (rule(), False, NOW + 1)
        assert rules.versions(tx) != before
        rules.change_rule(tx, NOW + 2, made, None, new=rule("south"))
        assert [row.name for row in rules.stored_rules(tx)] == ["south"]
        rules.remove_rule(tx, NOW + 3, made)
        assert rules.stored_rules(tx) == []
        assert [row.noun for row in tx.execute(changes.select())] == ["rule"] * 4


def test_two_rules_cannot_have_one_name(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        rules.add_rule(tx, NOW, rule(), None)
        other = rules.add_rule(tx, NOW, rule("south"), None)
        for again in (lambda: rules.add_rule(tx, NOW, rule(), None),
                      lambda: rules.change_rule(tx, NOW, other, None, new=rule())):  # fmt: skip
            with pytest.raises(Refused) as refused:
                again()
            assert refused.value.reason == "taken"


def test_what_is_not_there_cannot_be_changed(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        for change in (
            partial(rules.change_rule, tx, NOW, 9, None, active=True),
            partial(rules.remove_rule, tx, NOW, 9),
        ):
            with pytest.raises(Refused) as refused:
                change()
            assert refused.value.reason == "no_such_rule"


def test_there_is_an_end_to_their_number(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "AT_MOST", 2)
    with dbs.records.write() as tx:
        rules.add_rule(tx, NOW, rule("a"), None)
        rules.add_rule(tx, NOW, rule("b"), None)
        with pytest.raises(Refused) as refused:
            rules.add_rule(tx, NOW, rule("c"), None)
    assert refused.value.reason == "too_many"


def test_a_wrong_rule_is_not_kept(dbs: Databases) -> None:
    with dbs.records.write() as tx, pytest.raises(Refused):
        rules.add_rule(tx, NOW, Rule(name="a", topics=["#"]), None)
