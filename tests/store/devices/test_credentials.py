"""Logins of devices: given out once, taken back, and remembered."""

import pytest

from core.devices.credentials import is_password
from core.errors import Refused
from store.database import Databases
from store.devices import credentials
from store.devices.credentials import NewCredential


def test_a_password_is_given_out_once_and_kept_as_a_hash(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        first = credentials.issue(tx, 1000, NewCredential(name="probe-1"))
        second = credentials.issue(tx, 1000, NewCredential(name="probe-2", family="tasmota", at="th2"))
    assert first != second
    with dbs.records.read() as tx:
        active = credentials.active(tx)
        everything = str(tx.exec_driver_sql("SELECT * FROM credentials").all())
    assert [credential.name for credential in active] == ["probe-1", "probe-2"]
    assert is_password(first, active[0].password)
    assert first not in everything


def test_a_second_login_of_one_name_is_refused_and_the_first_goes_on(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        password = credentials.issue(tx, 1000, NewCredential(name="probe-1"))
    with pytest.raises(Refused) as refused, dbs.records.write() as tx:
        credentials.issue(tx, 2000, NewCredential(name="probe-1"))
    assert refused.value.reason == "has_login"
    with dbs.records.read() as tx:
        (credential,) = credentials.active(tx)
    assert is_password(password, credential.password)


def test_a_new_password_ends_the_old_login_and_both_are_remembered(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        old = credentials.issue(tx, 1000, NewCredential(name="probe-1"))
    with dbs.records.write() as tx:
        new = credentials.issue(tx, 2000, NewCredential(name="probe-1"), renew=True)
    with dbs.records.read() as tx:
        (active,), (ended,) = credentials.active(tx), credentials.ended(tx)
    assert is_password(new, active.password)
    assert not is_password(old, active.password)
    assert (ended.issued_at, ended.revoked_at) == (1000, 2000)


def test_taken_back_is_remembered_and_cannot_be_done_twice(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        credentials.issue(tx, 1000, NewCredential(name="probe-1"))
    with dbs.records.write() as tx:
        credentials.revoke(tx, 3000, "probe-1")
    with dbs.records.read() as tx:
        assert credentials.active(tx) == []
        assert [credential.revoked_at for credential in credentials.ended(tx)] == [3000]
    with pytest.raises(Refused), dbs.records.write() as tx:
        credentials.revoke(tx, 4000, "probe-1")


def test_a_name_of_ours_is_given_to_no_device(dbs: Databases) -> None:
    with pytest.raises(Refused), dbs.records.write() as tx:
        credentials.issue(tx, 1000, NewCredential(name="coldshed-service"), taken=["coldshed-service"])


@pytest.mark.parametrize(("name", "at"), [("a/b", ""), ("probe@guchi", ""), ("x" * 41, ""), ("guchi", "a/b")])
def test_a_village_that_the_hub_would_not_decode_gets_no_login(dbs: Databases, name: str, at: str) -> None:
    with pytest.raises(Refused) as refusal, dbs.records.write() as tx:
        credentials.issue(tx, 1000, NewCredential(name=name, family="village", at=at))
    assert refusal.value.reason == "bad_village_name"


def test_every_coming_and_going_changes_the_stamp(dbs: Databases) -> None:
    stamps = set()
    for step in range(4):
        with dbs.records.write() as tx:
            if step % 2 == 0:
                credentials.issue(tx, 1000, NewCredential(name="probe-1"))
            else:
                credentials.revoke(tx, 1000, "probe-1")
        with dbs.records.read() as tx:
            stamps.add(credentials.stamp(tx))
    assert len(stamps) == 4
