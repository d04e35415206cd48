from collections.abc import Callable

import pytest

from core.errors import Refused
from core.people.people import NewPerson, Role
from core.times import DAY_MS
from store.database import Databases
from store.people import federation, people

NOW = 1_760_000_000_000


def test_a_token_is_good_until_its_time_is_over(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        someone = people.add_person(
            tx,
            NOW,
            NewPerson(name="任师傅", role="keeper", phone="13812345678", username="ren", password_hash="x"),
        )
        token = people.issue_token(tx, someone, "page", NOW, DAY_MS)
    with dbs.records.read() as tx:
        person = people.person_of_token(tx, token, NOW + DAY_MS - 1)
        assert person
        assert (person.id, person.name, person.role) == (someone, "任师傅", Role.KEEPER)
        assert people.person_of_token(tx, token, NOW + DAY_MS) is None
        assert people.person_of_token(tx, token + "x", NOW) is None
        assert people.person_of_token(tx, "", NOW) is None


def test_the_token_itself_is_nowhere_in_the_database(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        someone = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        token = people.issue_token(tx, someone, "api", NOW, DAY_MS)
    dbs.close()
    files = [path.read_bytes() for path in dbs.data_dir.iterdir() if path.is_file()]
    assert files
    assert not any(token.encode() in content for content in files)


def test_a_revoked_token_and_one_of_a_person_who_left_open_nothing(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        keeper = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        first, second = (people.issue_token(tx, keeper, "page", NOW, DAY_MS) for _ in range(2))
        people.revoke_token(tx, first)
        assert people.person_of_token(tx, first, NOW) is None
        assert people.person_of_token(tx, second, NOW)
        people.set_active(tx, NOW, keeper, False)
        assert people.person_of_token(tx, second, NOW) is None


def test_a_new_password_ends_the_old_sessions(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        keeper = people.add_person(
            tx, NOW, NewPerson(name="任师傅", role="keeper", username="ren", password_hash="old")
        )
        token = people.issue_token(tx, keeper, "page", NOW, DAY_MS)
        people.set_password(tx, NOW, keeper, "new")
        assert people.person_of_token(tx, token, NOW) is None
        account = people.by_username(tx, " ren ")
        assert account
        assert account[1] == "new"


def test_an_account_without_a_password_cannot_be_signed_in_to(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper", username="ren"))
        assert people.by_username(tx, "ren") is None


@pytest.mark.parametrize("written", ["13812345678", "+86 138-1234-5678", "008613812345678", "138 1234 5678"])
def test_a_number_is_found_however_it_is_written(dbs: Databases, written: str) -> None:
    with dbs.records.write() as tx:
        keeper = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper", phone="138 1234 5678"))
        person = people.by_phone(tx, written)
        assert person
        assert person.id == keeper
        assert people.by_phone(tx, "10086") is None
        assert people.by_phone(tx, "not a number") is None


def test_one_number_belongs_to_one_person(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        keeper = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper", phone="13812345678"))
        with pytest.raises(Refused, match="13812345678已经是任师傅的号码"):
            people.add_person(tx, NOW, NewPerson(name="李师傅", role="keeper", phone="+8613812345678"))
        people.set_active(tx, NOW, keeper, False)
        people.add_person(tx, NOW, NewPerson(name="李师傅", role="keeper", phone="13812345678"))
        with pytest.raises(Refused, match="李师傅"):
            people.set_active(tx, NOW, keeper, True)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"name": " "}, "no_name"),
        ({"role": "king"}, "unknown_role"),
        ({"role": "clerk"}, "clerk_needs_cooperative"),
        ({"role": "clerk", "cooperative": 99}, "unknown_cooperative"),
        ({"phone": "12"}, "bad_phone"),
        ({"language": "fr"}, "unknown_language"),
        ({"village": 99}, "unknown_village"),
        ({"username": "ren"}, "username_taken"),
    ],
)
def test_it_refuses_people_who_cannot_be(dbs: Databases, facts: dict[str, object], reason: str) -> None:
    with dbs.records.write() as tx:
        people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper", username="ren"))
    wanted = {"name": "李师傅", "role": "keeper", **facts}
    with pytest.raises(Refused) as refused, dbs.records.write() as tx:
        people.add_person(tx, NOW, NewPerson(**wanted))  # type: ignore[arg-type]
    assert refused.value.reason == reason
    with dbs.records.read() as tx:
        assert [person.name for person in people.people(tx)] == ["任师傅"]


def test_a_federation_begins_only_once(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        federation.add_federation(tx, NOW, "万宝山联合社", "【万宝山】")
        row = federation.federation(tx)
        assert row
        assert (row.signature, row.weight_unit, row.demo) == ("万宝山", "jin", False)
        with pytest.raises(Refused) as refused:
            federation.add_federation(tx, NOW, "另一个", "另一个")
    assert refused.value.reason == "already_begun"


def test_it_refuses_a_wrong_village_code_and_an_unknown_clock(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        village = federation.add_village(tx, NOW, "交口村", "141182 999 201")
        assert federation.villages(tx)[0].code == "141182999201"
        federation.add_cooperative(tx, NOW, "交口种植合作社", village)
        refused: list[tuple[str, Callable[[], int]]] = [
            ("bad_code", lambda: federation.add_village(tx, NOW, "古池村", "1411")),
            ("name_taken", lambda: federation.add_village(tx, NOW, "交口村")),
            ("unknown_village", lambda: federation.add_cooperative(tx, NOW, "古池合作社", 99)),
            ("unknown_timezone", lambda: federation.add_site(tx, NOW, "库区", village, "Asia/Nowhere")),
            ("unknown_timezone", lambda: federation.add_site(tx, NOW, "库区", village, "../etc/passwd")),
        ]
        for reason, attempt in refused:
            with pytest.raises(Refused) as refusal:
                attempt()
            assert refusal.value.reason == reason
