"""Each state that stands at the start is refused, or said by the doctor, the page and a text."""

import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts.box_watch import BoxWatch
from alerts.direct_notice import DirectNotice
from alerts.engine import Engine
from alerts.service_watch import ServiceWatch
from api.app import create_app
from coldshed.channels import chosen_channel
from coldshed.data import WATCHING, databases
from coldshed.doctor.checks import checks, sentence
from coldshed.migration import migrate
from coldshed.settings import Settings
from core.errors import SettingsError
from core.overview.check_results import CheckVerdict
from core.people.people import NewPerson, Role
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS
from record.recorder import Recorder
from store.clock import now_ms
from store.continuity import copy_series
from store.database import Databases
from store.devices import devices
from store.history.sqlite import SqliteHistory
from store.journal import journal, series
from store.notifications import notifications
from store.overview.system_issues import open_issues
from store.people import federation, people
from tests.broken_states.state import BrokenState, Notice, says
from tests.broken_states.stopped import STOPPED, UNIT
from tests.broken_states.table import FILE, STATES, sentence_of, table
from tests.support.machines import free_port
from web.app import install
from web.base.localizer import Localizer
from web.overview.system_issue_view import issue_text

MOST_S = 300


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped house with a device, a technician, and readings that all have read."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(data_dir=folder)
    migrate(settings)
    with databases(settings) as dbs:
        with dbs.records.write() as tx:
            federation.add_federation(tx, 1, "万宝山联村经济发展联合社", "万宝山联合社")
            people.add_person(tx, 0, NewPerson(name="小李", role=Role.TECHNICIAN, phone="13800000009"))
        with dbs.journal.write() as tx:
            devices.record_last_seen(tx, now_ms(), {"probe": "coldshed"})
        Engine(dbs).step(now_ms())
        _report(dbs, 3)
        Recorder(dbs, SqliteHistory(dbs.history)).step()
        engine = Engine(dbs)
        while engine.step(now_ms() + HOUR_MS):
            pass
        copy_series(dbs)
    return folder


def _report(dbs: Databases, count: int) -> None:
    with dbs.journal.write() as tx:
        number = series.get_or_make(tx, "probe", "temperature", "", now_ms())
        for index in range(count):
            body = batch_body([Reading(number, now_ms() - index, 4.0)], [])
            journal.append(tx, now_ms(), journal.READINGS, body)


@pytest.fixture
def settings(house: Path, tmp_path: Path) -> Settings:
    folder = tmp_path / "data"
    shutil.copytree(house, folder)
    return Settings(data_dir=folder, mqtt_port=free_port(), http_port=free_port())


def faults(settings: Settings) -> list[tuple[CheckVerdict, str, str]]:
    """(verdict, subject and Chinese sentence, subject and English sentence) of what is not good."""
    findings = [
        finding
        for _, look in checks(settings, thorough=False)
        for finding in look()
        if finding.verdict != CheckVerdict.OK
    ]
    return [
        (finding.verdict, ": ".join(sentence(finding, "zh")), ": ".join(sentence(finding, "en")))
        for finding in findings
    ]


@pytest.mark.parametrize("state", STOPPED, ids=lambda state: state.name)
def test_a_state_is_said_by_those_who_should(state: BrokenState, settings: Settings) -> None:
    state.damage(settings.data_dir)
    for notice in (notice for notice in state.notices if notice.who == "doctor"):
        shown = faults(settings)
        assert any(says(notice.text, chinese) for _, chinese, _ in shown), shown
        assert any(verdict == CheckVerdict.BAD for verdict, _, _ in shown), shown
    refusals = [notice for notice in state.notices if notice.who == "start"]
    if refusals:
        with pytest.raises(SettingsError) as refused:
            _start(settings)
        assert says(refusals[0].text, str(refused.value)), refused.value
        return
    later = [notice for notice in state.notices if notice.who in ("page", "text")]
    if later:
        _start(settings)
        with databases(settings) as dbs:
            for notice in later:
                _check_told(dbs, notice)


def _start(settings: Settings) -> None:
    """What `coldshed up` and the services do before they work."""
    migrate(settings)
    with databases(settings, *WATCHING) as dbs:
        Engine(dbs).step(now_ms())
        BoxWatch(dbs, DirectNotice(dbs, chosen_channel(settings))).step(now_ms())
        Recorder(dbs, SqliteHistory(dbs.history)).step()


def _check_told(dbs: Databases, notice: Notice) -> None:
    with dbs.records.read() as tx:
        issues = open_issues(tx)
    if notice.who == "page":
        shown = [issue_text(issue, Localizer("zh"), now_ms(), "Asia/Shanghai") for issue in issues]
        shown.append(_first_page(dbs))
        assert any(says(notice.text, text) for text in shown), shown
        return
    noon = (now_ms() + 8 * HOUR_MS) // DAY_MS * DAY_MS + DAY_MS + 4 * HOUR_MS
    ServiceWatch(dbs, "pretend").step(noon)
    with dbs.records.read() as tx:
        texts = [row.text for row in notifications.notifications(tx)]
    assert any(says(sentence_of(notice), text) for text in texts), texts


def _first_page(dbs: Databases) -> str:
    """What a browser without a login is shown."""
    app = create_app(dbs, SqliteHistory(dbs.history))
    install(app)
    with TestClient(app) as client:
        return str(client.get("/", headers={"Accept-Language": "zh"}).text)


def test_systemd_starts_again_what_was_killed() -> None:
    """That nobody outlives a killed supervisor is tried in tests/e2e/test_supervisor_killed.py."""
    [row] = [notice for state in STATES for notice in state.notices if notice.who == "systemd"]
    assert row.text in UNIT.splitlines()
    assert "KillMode=mixed" in UNIT


def test_nobody_waits_longer_than_five_minutes() -> None:
    """Longer only with a reason."""
    for state in STATES:
        for notice in state.notices:
            assert notice.within_s <= MOST_S or notice.reason, (state.name, notice)
    assert len(STATES) >= 30
    assert len({state.name for state in STATES}) == len(STATES)


def test_the_table_for_people_is_this_one() -> None:
    assert FILE.read_text("utf-8") == table(), "python -m tests.broken_states.table"
