import json
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from store.decoding import rejected, rules
from tests.browser.conftest import Site, clock

Enter = Callable[[BrowserContext, str], Page]
SAID = {"dev": "SHED-07", "t1": 183, "humi": "91.2"}


def test_the_readings_follow_what_is_tapped_and_the_rule_is_saved(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    with site.scene.dbs.journal.write() as tx:
        rejected.add_rejected(tx, clock(), "farm/shed7/msg", "unknown_topic", "", json.dumps(SAID).encode())
    page = enter(phone, "admin")
    page.goto(f"{site.url}/rejected")
    page.get_by_role("link", name="做规则").click()
    expect(page.locator("#tried")).to_contain_text("91.2 %")
    number = page.locator("fieldset.number", has_text="t1")
    number.locator("select").first.select_option("temperature")
    expect(page.locator("#tried")).to_contain_text("183 °C")
    number.locator("summary").click()
    number.locator("select[name^=scale]").select_option("0.1")
    expect(page.locator("#tried")).to_contain_text("18.3 °C")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("给规则起个名字").fill("七号棚")
    page.get_by_role("button", name="存下规则").click()
    expect(page.get_by_role("status")).to_contain_text("规则存好了")
    with site.scene.dbs.records.read() as tx:
        assert [stored.name for stored in rules.stored_rules(tx)] == ["七号棚"]
