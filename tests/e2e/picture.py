"""
The README's picture, made anew: ``python -m tests.e2e.picture [FILE]`` (docs/picture.png).

Runs the demo newsroom as ``make run`` does, waits until its stories are published, and takes the article of which most
was taken out.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from lxml import html
from playwright.sync_api import Page

from tests.e2e.browser import chromium
from tests.e2e.fleet import ROOT, stop
from tests.ports import free_port

#: A screen's width and as much of the page as shows what it is about; twice the pixels would be four times the bytes.
SIZE = (1120, 860)
MAX_BYTES = 200_000
#: The hand-written stories are out by then.
PATIENCE_SECONDS = 120
STORIES = 6


def articles(url: str) -> list[str]:
    """The addresses of the English articles of which something was taken out; none while there are too few."""
    try:
        with urllib.request.urlopen(f"{url}/articles?language=en", timeout=10) as answer:
            document = html.document_fromstring(answer.read())
    except (urllib.error.URLError, TimeoutError):
        return []
    found = [
        url + line.xpath(".//h2/a/@href")[0]
        for line in document.xpath("//li[@class='line']")
        if line.xpath(".//p[@class='facts']//span[@class='pencil']")
    ]
    return found if len(found) >= STORIES else []


def best(page: Page, addresses: list[str]) -> str:
    """The one that shows most removals without scrolling, of different kinds if it can be."""

    def worth(address: str) -> tuple[int, int]:
        page.goto(address)
        seen = "[...document.querySelectorAll('.gone')].filter(one => one.getBoundingClientRect().bottom < innerHeight)"
        kinds = page.evaluate(f"{seen}.map(one => one.querySelector('.note b').textContent)")
        return len(set(kinds)), len(kinds)

    return max(addresses, key=worth)


def take(path: Path) -> None:
    """
    Write the picture.

    Raises:
        SystemExit: the newsroom published too little in time, or the picture is too large.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="cd-") as data:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "REDIS_"))}
        environment = clean | {
            "COPYDESK_DATA": data,
            "COPYDESK_WEB_PORT": str(port),
            "COPYDESK_DEMO_PORT": str(free_port()),
            "COPYDESK_LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "workers", "run", "--demo"]
        desk = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not (found := articles(f"http://127.0.0.1:{port}")):
                if time.monotonic() > deadline:
                    sys.exit("the newsroom published too little in time")
                time.sleep(1)
            with chromium() as browser:
                page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
                page.goto(best(page, found))
                page.screenshot(path=path)
        finally:
            stop(desk)
    if path.stat().st_size > MAX_BYTES:
        sys.exit(f"{path} has more than {MAX_BYTES} bytes")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "picture.png")
