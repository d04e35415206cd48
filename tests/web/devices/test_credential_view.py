"""Logins of devices as people read them."""

import pytest

from core.devices.families import FAMILIES
from core.devices.topic_rights import READ
from store.devices.credentials import NewCredential, active, issue, revoke
from tests.web.builders import EN, NOW, ZH
from tests.web.scene import Scene
from web.devices.credential_view import CredentialRow, credential_rows, family_choices, family_name


def rows(scene: Scene, *logins: NewCredential) -> list[CredentialRow]:
    with scene.dbs.records.write() as tx:
        for login in logins:
            issue(tx, NOW, login)
        return credential_rows(tx, ZH, NOW)


def test_a_federation_without_logins_has_an_empty_list(shared_scene: Scene) -> None:
    with shared_scene.dbs.records.read() as tx:
        assert credential_rows(tx, ZH, NOW) == []


def test_a_login_says_who_gave_it_and_when(scene: Scene) -> None:
    (row,) = rows(scene, NewCredential(name="probe-7", by=scene.people["keeper"]))
    assert (row.name, row.since) == ("probe-7", "3:19 任师傅给的")
    assert row.kind == family_name("coldshed", ZH)


def test_one_given_at_the_terminal_names_nobody(scene: Scene) -> None:
    (row,) = rows(scene, NewCredential(name="probe-7"))
    assert row.since == "3:19给的"


@pytest.mark.parametrize("family", [family.id for family in FAMILIES])
def test_the_topics_are_those_where_it_may_speak_and_not_those_it_only_hears(
    scene: Scene, family: str
) -> None:
    with scene.dbs.records.write() as tx:
        at = "farm/probe-7" if family == "sparkplug" else ""  # group and node
        issue(tx, NOW, NewCredential(name="probe-7", family=family, at=at, topics=("farm/probe-7/up",)))
        (credential,), (row,) = active(tx), credential_rows(tx, ZH, NOW)
    assert "farm/probe-7/up" in row.places
    assert set(row.places) == {right.topic for right in credential.rights if right.access != READ}


def test_a_login_that_was_taken_back_is_gone_from_the_list(scene: Scene) -> None:
    rows(scene, NewCredential(name="probe-7"), NewCredential(name="probe-8"))
    with scene.dbs.records.write() as tx:
        revoke(tx, NOW, "probe-7")
        assert [row.name for row in credential_rows(tx, ZH, NOW)] == ["probe-8"]


def test_a_row_never_carries_a_password(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        password = issue(tx, NOW, NewCredential(name="probe-7"))
        assert password not in repr(credential_rows(tx, ZH, NOW))


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_every_family_can_be_chosen_by_a_name_and_a_hint_the_common_ones_first(words: object) -> None:
    choices = family_choices(words)  # type: ignore[arg-type]
    assert {family for family, _, _ in choices} == {family.id for family in FAMILIES}
    assert all(name for _, name, _ in choices)
    common = [family.id for family in FAMILIES if family.common]
    assert [family for family, _, _ in choices][: len(common)] == common


def test_a_family_of_a_later_version_is_shown_by_its_id() -> None:
    assert family_name("spacecraft", ZH) == "spacecraft"
