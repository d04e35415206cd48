"""A real Chromium before a real server over the winter night of `tests/web/scene.py`."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from store.history.sqlite import SqliteHistory
from tests.support.databases import new_databases, open_databases
from tests.support.machines import free_port
from tests.support.passwords import quick_hasher
from tests.web import scene as scenes
from tests.web.scene import PASSWORD, Scene
from web import build_hook

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def clock() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Site:
    url: str
    scene: Scene


@pytest.fixture(scope="session", autouse=True)
def scripts() -> None:
    """The pages' scripts, as the build would have fetched them."""
    if not build_hook.up_to_date():
        build_hook.fetch_vendor_files()


quick_passwords = pytest.fixture(scope="session", autouse=True)(quick_hasher)


@pytest.fixture(scope="session")
def tonight(quick_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The scene as of now, made once; closed, to be copied."""
    dbs = new_databases(tmp_path_factory.mktemp("tonight"))
    made = scenes.seed(dbs, clock(), past_days=0.3)
    dbs.close()
    return made


@pytest.fixture
def site(tonight: Scene, tmp_path: Path) -> Iterator[Site]:
    shutil.copytree(tonight.dbs.data_dir, tmp_path / "scene")
    dbs = open_databases(tmp_path / "scene")
    scene = replace(tonight, dbs=dbs, history=SqliteHistory(dbs.history))
    port = free_port()
    config = uvicorn.Config(
        scenes.app(scene, clock),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        thread.join(0.05)
    assert server.started
    yield Site(f"http://127.0.0.1:{port}", scene)
    server.should_exit = True
    thread.join(10)
    dbs.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One for a module: while Playwright is open, its event loop is the thread's running one, and no other
    test could have its own."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A phone of 360 px."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def enter(site: Site) -> Callable[[BrowserContext, str], Page]:
    """Opens the login, signs in with the keyboard's own words, and stands before the board."""

    def sign_in(context: BrowserContext, username: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.goto(f"{site.url}/")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{site.url}/")
        return page

    return sign_in
