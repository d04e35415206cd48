import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from store.history.sqlite import SqliteHistory
from tests.support.databases import new_databases, open_databases
from tests.support.passwords import quick_hasher
from tests.web import scene as scenes
from tests.web.scene import PASSWORD, Scene

NOW = 1_768_331_986_000  # a January night, 03:19:46 in Fenyang


quick_passwords = pytest.fixture(scope="session", autouse=True)(quick_hasher)


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture(scope="session")
def night(quick_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The scene's files, made once; closed, to be copied."""
    dbs = new_databases(tmp_path_factory.mktemp("night"))
    made = scenes.seed(dbs, NOW, past_days=0.5)
    dbs.close()
    return made


@pytest.fixture
def scene(night: Scene, tmp_path: Path) -> Iterator[Scene]:
    """A copy of the night for one test to change."""
    shutil.copytree(night.dbs.data_dir, tmp_path / "scene")
    dbs = open_databases(tmp_path / "scene")
    yield replace(night, dbs=dbs, history=SqliteHistory(dbs.history))
    dbs.close()


@pytest.fixture(scope="module")
def shared_scene(night: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One copy of the night for a module whose tests change nothing."""
    folder = tmp_path_factory.mktemp("shared") / "scene"
    shutil.copytree(night.dbs.data_dir, folder)
    dbs = open_databases(folder)
    yield replace(night, dbs=dbs, history=SqliteHistory(dbs.history))
    dbs.close()


@pytest.fixture
def guest(scene: Scene) -> Iterator[TestClient]:
    """Nobody signed in."""
    with TestClient(scenes.app(scene, lambda: NOW), follow_redirects=False) as client:
        yield client


@pytest.fixture
def signed_in(guest: TestClient) -> Callable[[str], TestClient]:
    def sign_in(username: str) -> TestClient:
        answer = guest.post("/login", data={"username": username, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 303
        return guest

    return sign_in
