"""The status pages in a real browser: narrow and wide, light and dark, with scripts and without."""

import re

import pytest

from ingest.settings import Settings
from tests.e2e import browser as real
from tests.e2e import picture
from tests.e2e.fleet import ROOT
from tests.unit.workers.web import seed

pytestmark = pytest.mark.e2e

SIZES = {"phone": (360, 740), "narrowest": (320, 640), "wide": (1280, 900)}
#: Every kind of page.
PATHS = (
    "/",
    "/?span=week",
    "/articles",
    "/articles/{article}",
    "/articles/{revised}",
    "/articles/{script}",
    "/articles/{arabic}",
    "/articles/{dead}",
    "/feeds",
    "/feeds/{feed}",
    "/feeds/{paused}",
    "/sources",
    "/sources/gazette.example",
    "/clusters",
    "/queue",
    "/dead",
    "/search?q=harbour",
    "/login",
    "/nowhere",
)
#: Text that is too faint for its ground (WCAG 2.2 1.4.3: 4.5 to 1), as the browser computes both.
FAINT = """
() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = (element) => {
    if (!element) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((one) => {
      const share = one / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const has = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!has || box.width < 2 || box.height < 2 || element.closest("svg, select")) continue;
    const behind = ground(element);
    const [a, b] = [light(over(parse(getComputedStyle(element).color), behind)), light(behind)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
  }
  return found;
}
"""
#: Pixels between what every page begins with and its headline.
AIR = """
() => document.querySelector("main h1").getBoundingClientRect().top
  - document.querySelector("body > header").getBoundingClientRect().bottom
"""
WIDER = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.fixture(scope="module")
def desk(valkey_url, tmp_path_factory):
    data = tmp_path_factory.mktemp("browsed")
    settings = Settings(
        _env_file=None, redis_url=valkey_url, prefix=f"e2e-{data.name}", data=data, web_token=real.TOKEN
    )
    with real.desk(settings) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with real.chromium() as opened:
        yield opened


@pytest.fixture
def open_page(browser, desk):
    """Opens pages in windows of their own, and sees to it that nothing was complained about."""
    contexts, complaints = [], []

    def open_one(size="wide", scheme="light", *, is_in=False, **options):
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=desk.url, viewport={"width": width, "height": height}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # The status of a page that is not there is no complaint of ours.
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type in {"error", "warning"} and "404 (Not Found)" not in said.text
                else None
            ),
        )
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        if is_in:
            log_in(page)
        return page

    open_one.complaints = complaints
    yield open_one
    for context in contexts:
        context.close()
    assert [] == complaints


def log_in(page):
    page.goto("/login?next=/")
    page.fill("#token", real.TOKEN)
    page.click("button.main")
    page.wait_for_selector("footer >> text=Log out")


def test_looks(open_page, desk):
    """
    Every kind of page fits every window, can be read by day and by night, complains of nothing, runs nothing foreign.
    """
    # A colour on its way to another one is none that anybody reads.
    page = open_page(is_in=True, reduced_motion="reduce")

    for path in PATHS:
        page.goto(path.format(**desk.ids))

        assert page.title().endswith("· copydesk"), path
        assert 1 == page.locator("h1:visible").count(), path
        assert page.evaluate(AIR) >= 20, path
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert [] == page.evaluate(FAINT), (path, scheme)
        for name, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            assert 0 >= page.evaluate(WIDER), (path, name)


def test_schemes(open_page):
    """
    The ground is light in the light and dark in the dark.
    """
    grounds = []
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        page.goto("/")
        said = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", said)[:3])) / 3)

    assert grounds[0] > 230
    assert grounds[1] < 50


def test_red_pencil(open_page, desk):
    """
    What was taken out is seen struck through between the paragraphs it stood between, its rule beside it.
    """
    page = open_page()
    page.goto(f"/articles/{desk.ids['article']}")

    struck = page.locator(".gone del").nth(1)
    note = page.locator(".gone .note").nth(1)
    before, after = (page.get_by_text(seed.PARAGRAPHS[n], exact=True).bounding_box() for n in (0, 1))
    box, beside = struck.bounding_box(), note.bounding_box()
    assert seed.REMOVALS[1].text == struck.inner_text()
    assert "line-through" in struck.evaluate("one => getComputedStyle(one).textDecorationLine")
    assert before["y"] < box["y"] < after["y"]
    assert beside["x"] > box["x"] + box["width"]
    assert abs(beside["y"] - box["y"]) < 20
    assert "newsletter-sign-up-en" in note.inner_text()


def test_search_and_filters(open_page):
    """
    A filter is in force as soon as it is chosen, and words are found when they are sent.
    """
    page = open_page()
    page.goto("/articles")
    with page.expect_navigation():
        page.select_option("#role", "copy")
    copies = page.locator(".line").count()
    page.fill("#q", "sundays")
    with page.expect_navigation():
        page.press("#q", "Enter")
    both = page.locator(".line").count()
    address = page.url
    page.fill("#find", "ferry fares")
    with page.expect_navigation():
        page.press("#find", "Enter")

    assert (2, 1) == (copies, both)
    assert address.endswith("/articles?q=sundays&role=copy")
    assert page.locator("main li a").first.is_visible()


def test_dead_letter(open_page):
    """
    Whoever logs in tries a dead letter again, and is told; dropping all of them is asked about first.
    """
    page = open_page("phone", is_in=True)
    page.goto("/dead")
    before = page.locator("tbody tr").count()
    page.locator("tbody tr button", has_text="Try again").first.click()
    page.wait_for_selector("[role=status]")
    said, after = page.locator("[role=status]").inner_text(), page.locator("tbody tr").count()
    page.locator("button.grave").click()

    assert (before - 1, "To be tried again: 1.") == (after, said)
    assert [f"Drop all {after}?"] == open_page.complaints
    assert after == page.locator("tbody tr").count()
    open_page.complaints.clear()


def test_live(open_page, desk):
    """
    The list of articles is read anew by itself, and stays as it is while somebody selects something in it.
    """
    page = open_page()
    asked = []
    page.clock.install()
    page.goto("/articles")
    page.on("request", lambda one: asked.append(one.url) if one.resource_type == "fetch" else None)
    page.evaluate("document.querySelector('.line h2').textContent = 'Old news'")

    page.evaluate("getSelection().selectAllChildren(document.querySelector('.line'))")
    page.clock.run_for(21_000)
    was = (page.locator(".line h2").first.inner_text(), len(asked))
    page.evaluate("getSelection().removeAllRanges()")
    page.clock.run_for(11_000)
    page.get_by_role("heading", name="Old news").wait_for(state="detached")

    assert ("Old news", 0) == was
    assert [f"{desk.url}/articles"] == asked


def test_without_scripts(open_page):
    """
    Everything works without scripts: filters by a button, changes by forms, the list by being read anew.
    """
    page = open_page(java_script_enabled=False)
    log_in(page)
    page.goto("/feeds")
    page.select_option("#state", "failing")
    page.click(".filters button")
    found = page.locator("tbody tr").count()
    page.click("tbody a.title")
    page.click("button:has-text('Pause')")
    said = page.locator("[role=status]").inner_text()
    page.click("button:has-text('Resume')")

    assert (1, "The feed is paused.") == (found, said)
    assert "The feed is polled again, now." == page.locator("[role=status]").inner_text()
    page.goto("/articles")
    assert 1 == page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").count()


def test_picture(open_page, desk):
    """
    The README's picture is small, and its script finds the article that shows most of what was taken out.
    """
    page = open_page()

    found = picture.articles(desk.url)
    chosen = picture.best(page, found)

    shown = (ROOT / "docs" / "picture.png").read_bytes()
    assert shown.startswith(b"\x89PNG")
    assert len(shown) <= picture.MAX_BYTES
    assert len(found) >= picture.STORIES
    assert chosen in found
    assert [] == picture.articles("http://127.0.0.1:1")
