import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.agency import AGENCIES, read_dateline, read_wire
from ingest.models import Removal, Wire

BODY = "The ferry was late on Monday because of the tide, the harbour master said."
DISCLAIMER = "(Apart from its headline this report was not edited by the Quay Post; it comes from a syndicated feed.)"


def cut(text, *, kind="disclaimer", after=1):
    return Removal(kind=kind, rule="r", text=text, after_paragraph=after)


@pytest.mark.parametrize(
    ("head", "agency", "place"),
    [
        ("ALEPPO (Reuters) - ", "Reuters", "ALEPPO"),
        ("PARIS (AFP) – ", "AFP", "PARIS"),
        ("PARIS, France (AFP) — ", "AFP", "PARIS, France"),
        ("NEW DELHI, Dec 20 (PTI): ", "PTI", "NEW DELHI"),
        ("NEW\xa0YORK\xa0(REUTERS)\xa0-\xa0", "Reuters", "NEW YORK"),
        ("WASHINGTON, D.C. (AP) -- ", "AP", "WASHINGTON, D.C."),
        ("LONDON Dec 4 (Reuters) - ", "Reuters", "LONDON"),
        ("Berlin (dpa) - ", "dpa", "Berlin"),
        ("Paris, le 4 mars (Agence France-Presse) - ", "AFP", "Paris"),
        ("Rio de Janeiro, 4 mar (EFE).- ", "EFE", "Rio de Janeiro"),
        ("4 mars (Reuters) - ", "Reuters", ""),
        ("(AP) — ", "AP", ""),
        ("BEIJING, Dec. 4 (Xinhua/Kyodo) -- ", "Xinhua", "BEIJING"),
        ("MOSCOW, December 4. /TASS/. ", "TASS", "MOSCOW"),
        ("AFP | ", "AFP", ""),
        ("OBAN — ", "", "OBAN"),
        ("SIOUX FALLS, S.D. – ", "", "SIOUX FALLS, S.D."),
        ("EXCLUSIVE — ", "", ""),
        ("LIVE UPDATES – ", "", ""),
        ("Oban — ", "", ""),
        ("A pilot told AFP that ", "", ""),
        ("He left his party (PTI) - and then ", "", ""),
        ("The wire he read (Reuters) - as ever - was late. ", "", ""),
        ("ap | ", "", ""),
        ("北京 — ", "", ""),
        ("", "", ""),
    ],
)
def test_head(head, agency, place):
    """
    An agency and a place are read from a dateline at the very start, and from no sentence that mentions them.
    """
    paragraphs = (head + BODY, BODY)

    assert (agency, place) == (read_wire((), paragraphs).agency, read_dateline(paragraphs))


@pytest.mark.parametrize(
    ("last", "agency"),
    [
        ("(AP)", "AP"),
        ("dpa", "dpa"),
        ("AFP.", "AFP"),
        ("With inputs from PTI", "PTI"),
        ("(with inputs from ANI)", "ANI"),
        ("Source: Reuters", "Reuters"),
        ("© 2026 AFP", "AFP"),
        ("Copyright The Associated Press. All rights reserved. No part may be printed.", "AP"),
        ("The tide was high. REUTERS", "Reuters"),
        ("“The tide was high.” (AFP)", "AFP"),
        ("The tide was high. — dpa", "dpa"),
        ("The tide was high, he told the AP.", ""),
        ("He had worked for years at Reuters", ""),
        ("The next day he joined. AP", ""),
        ("Reuters was told of it by the harbour master", ""),
        ("Photo by a passenger for AFP", ""),
        ("ap", ""),
    ],
)
def test_tail(last, agency):
    """
    An agency is read from a credit that is the last line or ends it, and from no sentence that ends with its name.
    """
    assert agency == read_wire((), (BODY, last)).agency


def test_credit_in_the_middle():
    """
    A credit between two paragraphs is a picture's, not the article's.
    """
    got = read_wire((cut("(AFP)", kind="credit", after=1),), (BODY, "(AP)", BODY))

    assert Wire() == got


@pytest.mark.parametrize(
    ("removal", "expected"),
    [
        (cut(DISCLAIMER), Wire(evidence=(DISCLAIMER,), is_syndicated=True)),
        (cut(DISCLAIMER, after=0), Wire(evidence=(DISCLAIMER,), is_syndicated=True)),
        (cut(DISCLAIMER, kind="promo"), Wire()),
        (cut("Opinions are the author's own."), Wire()),
        (
            cut("This story was published from a PTI feed of a news agency."),
            Wire(
                agency="PTI",
                evidence=("This story was published from a PTI feed of a news agency.",),
                is_syndicated=True,
            ),
        ),
        (
            cut("First published by AFP, reprinted with leave.", kind="credit"),
            Wire(agency="AFP", evidence=("First published by AFP, reprinted with leave.",), is_syndicated=True),
        ),
        (cut("(AFP)", kind="credit"), Wire(agency="AFP", evidence=("(AFP)",))),
        (cut("(AFP)", kind="caption"), Wire()),
    ],
)
def test_cut(removal, expected):
    """
    What cleaning cut is still evidence: a disclaimer of syndication anywhere, a credit at the end.
    """
    assert expected == read_wire((removal,), (BODY,))


def test_all_signs():
    """
    Of several agencies the dateline's counts, and all the evidence is kept once, in its order.
    """
    paragraphs = (f"OBAN (AP) - {BODY}", "With inputs from AFP")

    got = read_wire((cut(DISCLAIMER, after=2), cut(DISCLAIMER, after=2)), paragraphs)

    assert Wire(agency="AP", evidence=("OBAN (AP) -", "With inputs from AFP", DISCLAIMER), is_syndicated=True) == got


@pytest.mark.parametrize("name", [said for name, others in AGENCIES.items() for said in (name, *others)])
def test_every_name(name):
    """
    Each agency is known by each of its names.
    """
    got = read_wire((), (f"OBAN ({name}) - {BODY}",)).agency

    assert got in AGENCIES
    assert name == got or name in AGENCIES[got]


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ("КАЗАНЬ, 6 мая. /ТАСС/. Паром отошёл.", "КАЗАНЬ"),
        ("СОЧИ, 6 мая - РИА Новости. Паром отошёл.", "СОЧИ"),
        ("3 мая, Минск /Корр. БЕЛТА/. Паром отошёл.", "Минск"),
        ("(ANSA) - GENOVA, 06 MAG - Il traghetto parte.", "GENOVA"),
        ("Szeged, 2026. május 6., szerda (MTI) - A komp elindult.", "Szeged"),
        ("Paris, le 4 mars (Reuters) - Le ferry est parti.", "Paris"),
        ("Vilnius, gegužės 3 d. (ELTA). Keltas išplaukė.", "Vilnius"),
        ("新华社上海5月6日电 渡轮离开码头。", "上海"),
        ("大阪电 (共同社) 渡轮离开码头。", "大阪"),
        ("【大阪共同】フェリーが出た。", "大阪"),
        ("【ソウル＝山田海】フェリーが出た。", "ソウル"),
        ("(부산=연합뉴스) 김바다 기자 = 배가 떠났다.", "부산"),
        ("(런던 AP=연합뉴스) 배가 떠났다.", "런던"),
        ("باريس (أ ف ب) – غادرت السفينة.", "باريس"),
        ("Panaji (Goa) [India], May 6 (ANI): The ferry left.", "Panaji"),
        ("KABUL, May 3 - The ferry left.", "KABUL"),
        ("MADRID.- El barco salió.", "MADRID"),
        ("A 2019 - The ferry left.", ""),
        ("ТАСС, 3 мая. Паром отошёл.", ""),
        ("В 2019 году - Паром отошёл.", ""),
    ],
)
def test_place(head, place):
    """
    A dateline's place is read in any script, without the date and whoever sent it.
    """
    assert place == read_dateline((head, BODY))


def test_deck():
    """
    The dateline counts behind a deck, in its own paragraph or in the same.
    """
    deck = "A ferry was late, and a tide was early."

    apart = read_wire((), (deck, f"OBAN (AP) - {BODY}"))
    together = read_wire((), (f"{deck} OBAN (AP) - {BODY}",))
    far = read_wire((), (deck, deck, deck, f"OBAN (AP) - {BODY}", BODY))

    assert ("AP", "AP", "") == (apart.agency, together.agency, far.agency)
    assert "OBAN" == read_dateline((deck, f"OBAN (AP) - {BODY}"))


def test_order():
    """
    Dateline, byline, last lines, what was cut, title, rights, address: the first agency counts, all signs are kept.
    """
    signs = {
        "head": "OBAN (AP) -",
        "byline": "By Reuters",
        "tail": "With inputs from PTI",
        "cut": "With inputs from ANI",
        "title": "| Bloomberg",
        "rights": "(c) EFE",
        "address": "https://www.ansa.it/sito/2026/05/03/il-traghetto-parte_0a1b.html",
    }

    got = read_wire(
        (cut(signs["cut"], after=2),),
        (f"{signs['head']} {BODY}", signs["tail"]),
        title=f"A ferry was late {signs['title']}",
        byline=(signs["byline"],),
        rights=(signs["rights"],),
        url=signs["address"],
    )

    assert ("AP", tuple(signs.values())) == (got.agency, got.evidence)


@pytest.mark.parametrize(
    ("canonical_url", "expected"),
    [
        ("https://coast.example/2026/05/a-ferry-was-late", "https://coast.example/2026/05/a-ferry-was-late"),
        ("https://www.harbour.example/a-ferry-was-late", None),
        ("https://harbour.co.uk/a-ferry-was-late", None),
        ("https://coast.example/", None),
        ("mailto:desk@coast.example", None),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_syndicated_from(canonical_url, expected):
    """
    A canonical address at somebody else's site is where the text is from; another domain of the same name is not.
    """
    got = read_wire((), (BODY,), url="https://harbour.example/a-ferry-was-late", canonical_url=canonical_url)

    assert (expected, expected is not None) == (got.syndicated_from, got.is_syndicated)


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        ((f"OBAN, May 3, 2026 /PRNewswire/ -- {BODY}", BODY), ("", "PR Newswire", True)),
        ((f"OBAN--(BUSINESS WIRE)--{BODY}", BODY), ("", "Business Wire", True)),
        (
            (BODY, "©2026 Quay Post. Distributed by Tribune Content Agency, LLC."),
            ("TNS", "Tribune Content Agency", True),
        ),
        ((BODY, "Provided by SyndiGate Media Inc. (Syndigate.info)."), ("", "SyndiGate", True)),
        ((f"(Agencies) - {BODY}", BODY), ("", "", True)),
        ((BODY, "This article is republished from The Conversation under a licence."), ("", "", True)),
        ((BODY, "This article was originally published on 3 May 2026."), ("", "", False)),
        ((BODY, "This article was reprinted on Quay.example."), ("", "", False)),
        ((BODY, "This report was published by the ministry in May."), ("", "", False)),
    ],
)
def test_syndicated(paragraphs, expected):
    """
    Who passes a text on is named apart from who wrote it; that somebody else wrote it is a fact without any name.
    """
    got = read_wire((), paragraphs)

    assert expected == (got.agency, got.distributor, got.is_syndicated)


def test_cut_byline():
    """
    A byline that was cut before the first paragraph counts, the credit of the picture beside it does not.
    """
    got = read_wire((cut("By Reuters", kind="credit", after=0), cut("AFP", kind="credit", after=0)), (BODY, BODY))

    assert Wire(agency="Reuters", evidence=("By Reuters",)) == got


WORDS = (
    " ", " (", ") ", " - ", "AFP", "dpa", "PA", "共同", "연합뉴스", "新华社", "电", "أ ف ب", "By", "With inputs from",
    "Source:", "Oban", "OBAN", "May", "3", "mai", "This article was", "published by", "Photo",
)  # fmt: skip
#: Letters, and what signs are made of.
TEXTS = st.lists(
    st.sampled_from([*"()（）【】[]/-–—=|:.,;©«»ـ \u064e\u3000\xa0\n", *WORDS]) | st.text(max_size=5),
    max_size=25,
).map("".join)


@given(st.lists(TEXTS | st.text(max_size=300), max_size=4), st.lists(TEXTS | st.text(max_size=300), max_size=3))
def test_any_text(paragraphs, removed):
    """
    Any text is read without an error, and a name is only given with evidence.
    """
    fields = [*removed, ""]
    got = read_wire(
        [cut(text, kind="credit", after=len(paragraphs)) for text in removed],
        paragraphs,
        title=fields[0],
        byline=fields,
        rights=fields,
        url=fields[0],
        canonical_url=fields[-2] if removed else None,
    )

    assert not got.agency or got.evidence
    assert "\n" not in read_dateline(paragraphs)


@pytest.mark.parametrize(
    "piece",
    [
        "A ",
        "(AP ",
        "- ",
        ". ",
        "A, ",
        "AP ",
        "with inputs from ",
        "\u2014A",
        "published from the ",
        "x",
        "(",
        "[(",
        "/AP",
        "©",
        "AP-",
        "【",
        "共同",
        "=",
        "新华社",
        "新华社记者",
        "news ",
        "this article is ",
        "A/",
        "\xa0",
        "AP, ",
        "|",
        "1 ",
        "dpa/",
        " (Reuters",
    ],
)
def test_long_text(piece):
    """
    No text makes the reading slow.
    """
    text = piece * (2_000_000 // len(piece))

    begun = time.process_time()
    read_wire((cut(text), cut(text, kind="credit")), (text, text), title=text, byline=(text,), rights=(text,))
    read_dateline((text, text))
    read_wire((), (text[:240], text[:120]), title=text[:240], byline=(text[:110],), rights=(text[:240],))
    took = time.process_time() - begun

    assert took < 1
