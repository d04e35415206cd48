"""The round's form behind a steel wall: what is typed stays on the phone until the store has it, once."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from store.patrols import patrols
from store.readings import manual_readings
from tests.browser.conftest import Site

Enter = Callable[[BrowserContext, str], Page]


def counts(site: Site) -> tuple[int, int]:
    dbs = site.scene.dbs
    with dbs.records.read() as tx:
        rounds = len(patrols.patrols(tx))
    with dbs.journal.read() as tx:
        return rounds, len(manual_readings.typed(tx))


def test_scan_number_one_tap(site: Site, phone: BrowserContext, enter: Enter) -> None:
    page = enter(phone, "keeper")
    page.goto(f"{site.url}/rooms/{site.scene.rooms['3号库']}/patrol")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.fill("#temperature", "1.4")
    page.locator("input[name=drip]").click()
    expect(page.get_by_text("有问题", exact=True).locator("visible=true")).to_have_count(1)
    page.get_by_role("button", name="记下", exact=True).click()
    page.wait_for_url("**/patrol?done=*")
    expect(page.locator(".done").first).to_contain_text("3号库记下了：1.4度")
    assert counts(site) == (1, 1)


def test_without_a_network_it_waits_and_goes_by_itself_once(
    site: Site, phone: BrowserContext, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    where = f"{site.url}/rooms/{site.scene.rooms['3号库']}/patrol"
    page.goto(where)
    page.fill("#temperature", "1.4")
    phone.set_offline(True)
    page.get_by_role("button", name="记下", exact=True).click()
    expect(page.get_by_text("没网，还没发出去")).to_be_visible()
    expect(page.locator("#temperature")).to_have_value("1.4")
    assert counts(site) == (0, 0)
    phone.set_offline(False)
    page.wait_for_url("**/patrol?done=*")
    assert counts(site) == (1, 1)


def test_an_answer_that_got_lost_is_asked_for_again_and_written_once(
    site: Site, phone: BrowserContext, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    where = f"{site.url}/rooms/{site.scene.rooms['3号库']}/patrol"
    page.goto(where)
    page.fill("#temperature", "1.4")

    def swallow(route) -> None:  # type: ignore[no-untyped-def]
        route.fetch(max_redirects=0)  # it arrives, and is written down
        route.abort()

    page.route(where, swallow)
    page.get_by_role("button", name="记下", exact=True).click()
    expect(page.get_by_text("没网，还没发出去")).to_be_visible()
    assert counts(site) == (1, 1)
    page.unroute(where)
    page.reload()  # the keeper gives up on the page and opens it again
    page.wait_for_url("**/patrol?done=*")
    assert counts(site) == (1, 1)
    page.goto(where)
    expect(page.locator("#temperature")).to_have_value("")


def test_what_is_wrong_is_shown_without_losing_what_was_typed(
    site: Site, phone: BrowserContext, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    page.goto(f"{site.url}/rooms/{site.scene.rooms['3号库']}/patrol")
    page.fill("#temperature", "14o")
    page.locator("input[name=frost]").click()
    page.get_by_role("button", name="记下", exact=True).click()
    expect(page.get_by_text("“14o”不是数")).to_be_visible()
    expect(page.locator("input[name=frost]")).to_be_checked()
    page.fill("#temperature", "1.4")
    page.get_by_role("button", name="记下", exact=True).click()
    page.wait_for_url("**/patrol?done=*")
    expect(page.locator(".done").first).to_contain_text("霜有问题")
    assert counts(site) == (1, 1)
