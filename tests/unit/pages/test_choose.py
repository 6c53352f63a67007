"""The page's text or the feed's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Cleaning, Removal
from ingest.pages.choose import MIN_FEED_CHARS, Choice, choose, choose_page, is_truncated

STORY = (
    "The harbour office in Tidewater closed the north quay on Monday after divers found cracks in its oldest wall.",
    "Fishing crews moved their boats to the south basin before the evening tide, and the ferry left from there too.",
    "The office's engineer, Ana Gull, said the wall had been checked every second spring since the great storm.",
    "Repairs will begin once a crane arrives from the yard upriver, which the council expects within the fortnight.",
    "Until then a speed limit of three knots holds between the light and the bridge, day and night, for every boat.",
    "Traders on the quay asked the council for a waiver of the spring rent; a vote is due at its next meeting.",
)
LONG = (
    *STORY,
    "Kim Tern, who sells ropes there, said the last closure had cost her a third of the season's takings.",
    "The council's own figures, read out at the meeting in March, put the loss for all the traders somewhat lower.",
    "A second survey, paid for by the harbour's insurers, is to look at the footings of the old customs house.",
    "Its owner said he had seen no cracks, but would welcome anyone with a lamp and a steady foot on wet stone.",
    "Boats that winter on the north side will be craned out at the office's cost, the notice at the gate says.",
    "The ferry company keeps its summer timetable, with one sailing fewer on Sundays and none after nightfall.",
    "Divers will go down again on Thursday if the water clears, and the office will publish what they find.",
    "The last wall to fail at Tidewater was the mole's, forty years ago, in a gale that also took the old light.",
    "A plaque on the bridge names the four men who went out that night, and the boat that brought three of them back.",
)
OTHER = tuple(line.replace("e", "o").replace("a", "u").replace("i", "y") for line in LONG)


def text(*paragraphs: str, removed: tuple[str, ...] = ()) -> Cleaning:
    taken = (Removal(kind="promo", rule="r", text=line, after_paragraph=len(paragraphs)) for line in removed)
    return Cleaning(paragraphs=paragraphs, removals=tuple(taken))


PAGE = Choice(source="page", reason="page")


def feed(flag: str, *more: str) -> Choice:
    return Choice(source="feed", reason=flag, flags=(flag, *more))


@pytest.mark.parametrize(
    ("page", "fed", "expected"),
    [
        pytest.param(text(*STORY), text(*STORY), PAGE, id="the same"),
        pytest.param(text(*STORY), text(STORY[0]), PAGE, id="a teaser"),
        pytest.param(text(*LONG), text(*STORY), PAGE, id="a page with more"),
        pytest.param(text(*STORY), text(*LONG[:8]), PAGE, id="a feed with a little more"),
        pytest.param(text(*STORY), text(*STORY, "[...]"), PAGE, id="a cut feed"),
        pytest.param(text(*LONG), text(*OTHER[:4]), PAGE, id="an abstract in other words"),
        pytest.param(None, text(*STORY), feed("page-missing"), id="no page"),
        pytest.param(text(), text(*STORY), feed("page-empty"), id="an empty page"),
        pytest.param(text(" "), text(*STORY), feed("page-empty"), id="a blank page"),
        pytest.param(None, text("Short."), feed("page-missing"), id="no page, a teaser"),
        pytest.param(
            None, text(STORY[0], "Read more"), feed("page-missing", "feed-truncated"), id="no page, a cut teaser"
        ),
        pytest.param(text(*STORY), None, Choice(source="page", reason="feed-empty"), id="no feed text"),
        pytest.param(text(*STORY), text(), Choice(source="page", reason="feed-empty"), id="an empty feed text"),
        pytest.param(None, None, Choice(source="page", reason="no-text", flags=("page-missing",)), id="nothing"),
        pytest.param(text(), text(), Choice(source="page", reason="no-text", flags=("page-empty",)), id="twice empty"),
        pytest.param(text(STORY[0]), text(*STORY), feed("page-stub"), id="the first paragraph only"),
        pytest.param(text(STORY[0]), text(*STORY, "[...]"), feed("page-stub", "feed-truncated"), id="less than a cut"),
        pytest.param(text("Home", "Sign up for alerts"), text(*STORY), feed("page-stub"), id="the furniture only"),
        pytest.param(
            text("Home", "Sign up for alerts"), text(*STORY[:-1], STORY[-1][:80]), PAGE, id="furniture, a cut feed"
        ),
        pytest.param(text(*OTHER), text(*LONG), feed("page-other-text"), id="another text"),
        pytest.param(text(*OTHER), text(*LONG, "Continue reading"), PAGE, id="another text, a cut feed"),
    ],
)
def test_choice(page, fed, expected):
    """
    The page is the article unless it is missing, a stub of the feed's text, or another text altogether.
    """
    assert expected == choose(page, fed)


WALLS = {
    "consent-wall": (
        "We value your privacy\nWe and our 834 partners store and/or access information.\nAccept all cookies",
        "Wir verwenden Cookies und ähnliche Techniken.\nMit Werbung und Tracking weiterlesen oder werbefrei im Abo.",
        "Nous et nos 120 partenaires utilisons des traceurs.\nContinuer sans accepter",
        "Nosotros y nuestros socios guardamos datos en su equipo.\nAceptar y continuar",
        "Noi e i nostri 40 partner utilizziamo i cookie.\nAccettare tutti i cookie",
        "Wij gebruiken cookies om de site beter te maken.\nAlle cookies accepteren",
        "Before you continue to Tidewater, choose your cookie settings.",
    ),
    "javascript": (
        "Please enable JavaScript to view this page.",
        "JavaScript is disabled in your browser. Some of this site will not work.",
        "Bitte aktivieren Sie JavaScript, um diese Seite zu sehen.",
        "Veuillez activer JavaScript pour continuer.",
    ),
    "challenge": (
        "Just a moment...\nTidewater needs to review the security of your connection.\nRay ID: 8a7f",
        "Checking your browser before you go on to tidewater.example.",
        "Access Denied\nYou don't have permission to access this page. Reference #18.2f1c1602.17",
        "Verify you are human by completing the action below.",
    ),
    "error-page": (
        "404\nThe page could not be found.",
        "Sorry, we can't find the page you asked for.",
        "Diese Seite wurde nicht gefunden.",
        "Página no encontrada",
    ),
}


@pytest.mark.parametrize(("wall", "page"), [(wall, page) for wall, pages in WALLS.items() for page in pages])
def test_wall(wall, page):
    """
    A wall gives way to whatever the feed has, and is named to the reader where the feed has nothing.
    """
    shown = text(*page.split("\n"))

    assert feed(f"page-{wall}") == choose(shown, text(STORY[0]))
    assert Choice(source="page", reason="feed-empty", flags=(f"page-{wall}",)) == choose(shown, None)


@pytest.mark.parametrize(
    "news",
    [
        "The court ruled that sites may not tell readers “we use cookies” and leave them no choice, Ana Gull reports.",
        "The error read “404”: for two hours on Monday no page of the harbour office could be found by anyone.",
        "The town's library will teach pensioners how to enable JavaScript and why they might rather not.",
        "The paper's owner asked its members to keep reading, and to pay; half of them did, Kim Tern said.",
        "Access denied: how a gatekeeper locked the harbour master out of his own quay for a day and a night.",
    ],
)
def test_news_about_walls(news):
    """
    News about cookies, errors and subscriptions is no wall.
    """
    assert PAGE == choose(text(news, *STORY), text(news))


ASKS = (
    "Subscribe now to continue reading",
    "This article is for subscribers only.",
    "Exklusiv für Abonnenten",
    "Il vous reste 75 % de cet article à lire.",
    "Para seguir leyendo, suscríbete",
)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("is_cleaned", [True, False])
def test_paywall(ask, is_cleaned):
    """
    A page that asks for payment gives way to a whole feed text that is longer by a quarter, and to no other.
    """
    page = text(*STORY[:4], removed=(ask,)) if is_cleaned else text(*STORY[:4], ask)

    assert feed("page-paywall") == choose(page, text(*STORY))
    assert choose(page, text(*STORY[:3], "[...]")).source == "page"
    assert choose(page, text(*STORY[:3])).source == "page"


def test_metadata_paywall():
    """
    What the page says of itself is enough to call it locked; without a better text it is published all the same.
    """
    assert feed("page-paywall") == choose(text(*STORY[:4]), text(*STORY), is_paywalled=True)
    assert choose(text(*STORY[:4]), text(*STORY), is_paywalled=False).source == "page"
    assert choose(text(*STORY[:4]), None, is_paywalled=True).source == "page"


@pytest.mark.parametrize(
    "end",
    [
        "The council will meet […]",
        "The council will meet [...]",
        "The council will meet…",
        "The council will meet ...",
        "Read more",
        "More »",
        "Read the full story »",
        "Continue reading Harbour closed",
        "(Weiterlesen)",
        "Lire la suite",
        "Leer más »",
        "Читать далее",
        "続きを読む",
        "The council, which had met on Sunday and had not found a day for its next meeting, will",
    ],
)
def test_truncated(end):
    """
    A text that is cut, sent on or stopped inside a sentence is not whole, be that line kept or removed.
    """
    assert is_truncated(text(*STORY, end))
    assert is_truncated(text(*STORY, removed=(end,))) or not end.startswith(
        ("Read", "Cont", "(", "Li", "Le", "Чи", "続")
    )


@pytest.mark.parametrize(
    "end",
    [
        "The council will meet again.",
        "“We will meet again,” she said. “Soon.”",
        "Will it meet again?",
        "理由は分からない。",
        "परिषद फिर मिलेगी।",
        "Ana Gull, Tidewater",
        "Read more: Ferry strike called off",
        "Moreover, nobody was hurt.",
        "More than forty boats have moved.",
        f"Read more of our news at the gate, {'and at the next gate, ' * 5}or ask in the office.",
    ],
)
def test_whole(end):
    """
    A text that ends with a sentence, a signature or a pointer to another article is whole.
    """
    assert not is_truncated(text(*STORY, end))


TEXTS = st.none() | st.lists(st.sampled_from([*LONG, *OTHER, "", " ", "Read more", "404", *ASKS]), max_size=12).map(
    lambda lines: text(*lines)
)


@given(page=TEXTS, fed=TEXTS, is_paywalled=st.sampled_from([None, True, False]))
def test_never_nothing(page, fed, is_paywalled):
    """
    What is chosen has text whenever either has, and the choice carries its reason.
    """
    choice = choose(page, fed, is_paywalled=is_paywalled)

    chosen = page if choice.source == "page" else fed
    has_text = [bool(one and one.text.strip()) for one in (page, fed)]
    assert any(has_text) == bool(chosen and chosen.text.strip())
    assert choice.reason
    assert choice.source == "page" or choice.reason in choice.flags


@given(page=st.lists(st.sampled_from(LONG), min_size=1, unique=True))
def test_no_less(page):
    """
    A page is never given up for a feed text that it holds.
    """
    for end in range(1, len(page)):
        assert choose(text(*page), text(*page[:end])).source == "page"


SHORT = st.lists(st.sampled_from(["Short.", "Continue reading", "Subscribe to read on.", STORY[0], " "]), max_size=4)


@given(
    page=st.lists(st.sampled_from([*STORY, "We value your privacy", "Subscribe to continue reading"]), unique=True),
    removed=st.lists(st.sampled_from([STORY[0], "Sign in to read the full story", "Accept all cookies"]), max_size=2),
    fed=SHORT,
    is_paywalled=st.sampled_from([None, False, True]),
)
def test_chosen_without_feed(page, removed, fed, is_paywalled):
    """
    A page that is chosen without a look at a short feed text would have been chosen with it, and flagged alike.
    """
    shown, feeds = text(*page, removed=tuple(removed)), text(*fed)
    n_chars = len(feeds.text)

    chosen = choose_page(shown, max_feed_chars=n_chars, is_paywalled=is_paywalled)

    if chosen:
        expected = choose(shown, feeds, is_paywalled=is_paywalled)
        assert (expected.source, expected.flags) == (chosen.source, chosen.flags)


@pytest.mark.parametrize(
    ("page", "max_feed_chars", "is_paywalled", "expected"),
    [
        pytest.param(text(*STORY), MIN_FEED_CHARS - 1, None, PAGE, id="a teaser"),
        pytest.param(text(*STORY), MIN_FEED_CHARS, None, None, id="a feed text that may be the article"),
        pytest.param(text(*STORY), 9, True, None, id="a page that is sold"),
        pytest.param(text(*STORY, "Subscribe to continue reading"), 9, None, None, id="a page that asks for money"),
        pytest.param(text("Accept all cookies"), 9, None, None, id="a wall"),
        pytest.param(text(" "), 9, None, None, id="a blank page"),
        pytest.param(None, 9, None, None, id="no page"),
    ],
)
def test_feed_is_asked(page, max_feed_chars, is_paywalled, expected):
    """
    Only a page with a text, without a wall and beside a teaser is chosen without a look at the feed's text.
    """
    assert expected == choose_page(page, max_feed_chars=max_feed_chars, is_paywalled=is_paywalled)
