"""规则 on the pages: from a message to a rule that is kept."""

import json
import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.security import hash_password
from core.decoding.rules import from_plain_data
from core.people.people import NewPerson, Role
from store.decoding import rejected, rules
from store.people.people import add_person
from tests.web.scene import PASSWORD, Scene

NOW = 1_768_331_986_000
SignIn = Callable[[str], TestClient]
SAID = {"dev": "SHED-07", "ts": "2026-01-14 03:15:32", "t1": 183, "湿度": "91.2", "<b>:": 1}


@pytest.fixture
def technician(scene: Scene, signed_in: SignIn) -> TestClient:
    with scene.dbs.records.write() as tx:
        add_person(
            tx,
            NOW,
            NewPerson(
                name="小李", role=Role.TECHNICIAN, username="li", password_hash=hash_password(PASSWORD)
            ),
        )
    return signed_in("li")


def kept(scene: Scene, topic: str, payload: bytes) -> int:
    with scene.dbs.journal.write() as tx:
        rejected.add_rejected(tx, NOW, topic, "unknown_topic", "", payload)
        return rejected.rejected(tx)[0].id


def fields(html: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    form = html[html.index('action="/rules/save"') :]
    typed = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        typed[name] = chosen[1] if chosen else ""
    message = re.search(r'<textarea[^>]*name="message"[^>]*>(.*?)</textarea>', form, re.S)
    unescaped = (
        (message[1] if message else "").replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    )
    return typed | {"message": unescaped}


def row_of(form: dict[str, str], path: str) -> str:
    return next(name.removeprefix("path-") for name, value in form.items() if value == path)


def test_a_rejected_message_becomes_a_rule_with_a_few_taps(scene: Scene, technician: TestClient) -> None:
    ident = kept(scene, "farm/shed7/msg", json.dumps(SAID, ensure_ascii=False).encode())
    assert f"/rules/new?message={ident}" in technician.get("/rejected").text
    page = technician.get(f"/rules/new?message={ident}").text
    assert "<b>:" not in page
    form = fields(page)
    assert form["pattern"] == "farm/{device}/msg"
    assert form["metric-" + row_of(form, "湿度")] == "humidity"
    row = row_of(form, "t1")
    form |= {
        f"metric-{row}": "temperature",
        f"scale-{row}": "0.1",
        f"position-{row}": "门边",
        "name": "七号棚",
    }
    tried = technician.post("/rules/try", data=form).text
    assert "18.3 °C" in tried
    assert "SHED-07 / 门边" in tried
    for _ in range(2):  # pressed twice
        answer = technician.post("/rules/save", data=form)
        assert answer.headers["location"] == "/rules?done=saved"
    with scene.dbs.records.read() as tx:
        (stored,) = rules.stored_rules(tx)
    assert stored.rule is not None
    assert [(take.path, take.metric, take.scale) for take in stored.rule.values] == [
        ("t1", "temperature", 0.1), ("湿度", "humidity", 1)]  # fmt: skip
    assert (stored.rule.device, stored.rule.time.paths) == (["dev"], ["ts"])


def test_a_modbus_reply_shows_its_registers_and_the_usual_map(scene: Scene, technician: TestClient) -> None:
    ident = kept(scene, "dtu/8661/up", bytes.fromhex("0103040172ff4e9a10"))
    page = technician.get(f"/rules/new?message={ident}").text
    assert "370" in page
    assert "-17.8 °C" in page
    assert technician.post("/rules/save", data=fields(page)).status_code == 303


def test_a_pasted_message_of_any_kind_is_looked_at(technician: TestClient) -> None:
    for message in ("T=3.4;H=80", "OK,23.5,80", '{"a": [1, 2]}', "[]", "hello", '{"a":' * 400, "💥"):
        answer = technician.post("/rules/look", data={"topic": "farm/a1/up", "message": message})
        assert answer.status_code in (200, 422), message
    assert "请填主题" in technician.post("/rules/look", data={"message": "x"}).text
    page = technician.post("/rules/look", data={"topic": "farm/a1/up", "message": "T=3.4;H=80"}).text
    assert "3.4 °C" in page


def test_a_rule_is_changed_switched_off_taken_home_and_deleted_after_a_question(
    scene: Scene, technician: TestClient
) -> None:
    facts = {"name": "gw", "topics": ["gw/#"], "device": ["sn"], "values": [
        {"path": "list[*].v", "named": "n", "when": {"flag": ["T*"]}},
        {"path": "a.b", "metric": "co2"}]}  # fmt: skip
    with scene.dbs.records.write() as tx:
        ident = rules.add_rule(tx, NOW, from_plain_data(facts), None)
    form = fields(technician.get(f"/rules/{ident}").text)
    technician.post("/rules/save", data=form | {"name": "gw2", f"metric-{row_of(form, 'a.b')}": "co"})
    with scene.dbs.records.read() as tx:
        stored = rules.stored_rule(tx, ident)
    assert stored is not None
    assert stored.rule is not None
    assert (stored.name, stored.rule.values[1].metric) == ("gw2", "co")
    assert stored.rule.values[0] == from_plain_data(facts).values[0], "what the form does not ask stays"
    assert 'name = "gw2"' in technician.get(f"/rules/{ident}/file").text
    technician.post(f"/rules/{ident}/active", data={"key": "key-of-switch", "active": "no"})
    assert "停着" in technician.get("/rules").text
    assert "真的删掉" in technician.post(f"/rules/{ident}/delete", data={"key": "key-of-delete"}).text
    technician.post(f"/rules/{ident}/delete", data={"key": "key-of-delete", "sure": "yes"})
    with scene.dbs.records.read() as tx:
        assert rules.stored_rules(tx) == []
    assert technician.get(f"/rules/{ident}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"name": " " * 3 + "x" * 80}, "名字"), ({"pattern": "#"}, "主题"), ({"scale-0": "much"}, "倍数"),
     ({"scale-0": "0"}, "倍数"), ({"unit-0": "kg"}, "单位"), ({"position-0": "{a..b}"}, "位置"),
     ({"metric-0": "warmth"}, "没有这种数"), ({"metric-0": ""}, "至少选一个")],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence_and_what_was_typed_stays(
    scene: Scene, technician: TestClient, wrong: dict[str, str], sentence: str
) -> None:
    ident = kept(scene, "a/b1", b'{"temp": 3}')
    form = fields(technician.get(f"/rules/new?message={ident}").text)
    answer = technician.post("/rules/save", data=form | wrong)
    assert answer.status_code == 409
    assert sentence in answer.text
    with scene.dbs.records.read() as tx:
        assert rules.stored_rules(tx) == []


def test_who_keeps_or_looks_makes_no_rules(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    for address in ("/rules", "/rules/new"):
        assert clerk.get(address).status_code == 403
    assert clerk.post("/rules/save", data={"key": "key-of-a-form"}).status_code == 403
    assert "/rules" not in clerk.get("/more").text


def test_the_old_addresses_lead_to_the_new_ones(technician: TestClient) -> None:
    for method, address, target in (
        ("GET", "/recipes", "/rules"),
        ("GET", "/recipes/new?message=3", "/rules/new?message=3"),
        ("POST", "/recipes/save", "/rules/save"),
    ):
        answer = technician.request(method, address, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, target)
