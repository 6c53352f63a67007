"""Laws of the verdict: whatever a copy was put through it is one, and what only looks like one is not."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dedup.judge import Candidate, Copy, Novel, Standing, cluster_for, judge, place
from ingest.dedup.sketch import Sketch, sketch
from ingest.models import Cluster

#: Two issues each of series whose numbers are written out or that have none.
ISSUES = json.loads(Path(__file__).with_name("issues.json").read_text(encoding="utf-8"))
SYLLABLES = ("bra", "ko", "lin", "mer", "sta", "vo", "nar", "tul")
TITLE = "Council widens old quay"


def prose(seed: int, words: int, paragraphs: int = 0) -> list[str]:
    """Paragraphs of words that no other seed has in this order."""
    dice = random.Random(seed)
    text = ["".join(dice.choices(SYLLABLES, k=3)) for _ in range(words)]
    size = words // (paragraphs or max(1, words // 50))
    return [" ".join(text[at : at + size]) for at in range(0, words, size)]


STORY = prose(1, 400)
OTHER = prose(2, 400)


def edited(paragraphs: list[str], share: float) -> list[str]:
    dice = random.Random(9)
    return [" ".join("altered" if dice.random() < share else word for word in text.split()) for text in paragraphs]


def lead(paragraphs: list[str]) -> list[str]:
    """The same lead in other words: half of them, in another order."""
    words = paragraphs[0].split()[::2]
    return [" ".join(reversed(words)) + " and so it was told", *paragraphs[1:]]


def made(paragraphs: list[str], source: str = "", title: str = TITLE) -> Sketch:
    return sketch(paragraphs, title=title, source=source)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(STORY, id="the same"),
        pytest.param(["LISBON (ABC) - " + STORY[0], *STORY[1:]], id="with a dateline"),
        pytest.param([" ".join(STORY)], id="one paragraph"),
        pytest.param(edited(STORY, 0.05), id="a word in 20 changed"),
        pytest.param(edited(STORY, 0.2), id="a word in five changed"),
        pytest.param(STORY[:6], id="cut to three quarters"),
        pytest.param(STORY[:2], id="cut to a quarter"),
        pytest.param([*STORY[:3], *STORY[5:]], id="cut in the middle"),
        pytest.param([*STORY[:2], "Sign up for our letter of the day", *STORY[2:]], id="with a promo"),
        pytest.param(lead(STORY), id="another lead"),
        pytest.param(lead(edited(STORY[:5], 0.05)), id="another lead, cut and edited"),
        pytest.param([*OTHER, *STORY], id="behind another story"),
        pytest.param([*STORY, *OTHER], id="before another story"),
    ],
)
def test_copies(copy):
    """
    A copy is found whatever was done to it, in both directions.
    """
    got = [judge(made(STORY, "one"), made(copy, "two")), judge(made(copy, "two"), made(STORY, "one"))]

    assert isinstance(got[0], Copy)
    assert got[0] == got[1]


def report(day: int) -> list[str]:
    """An issue of a series: the words stay, the numbers change."""
    dice = random.Random(day)
    n = [str(dice.randint(100, 999)) for _ in range(6)]
    return [
        f"Shares on the main exchange rose on the day and the index closed at {n[0]} points in heavy trading.",
        f"Turnover was {n[1]} million crowns after {n[2]} million in the session before, the exchange said.",
        f"Advancing issues numbered {n[3]} against {n[4]} that fell, while banks were the most active of all.",
        f"Analysts expect the index to move between those marks until figures of trade come in {n[5]} days.",
    ]


@pytest.mark.parametrize(
    ("one", "two", "source", "expected"),
    [
        pytest.param(STORY, OTHER, "", "few", id="another story"),
        pytest.param(["Storm."], ["Storm."], "", "few", id="too short to say"),
        pytest.param(STORY, [*OTHER, STORY[3]], "", "contained-little", id="one paragraph quoted"),
        pytest.param(report(1), report(2), "", "numbers", id="a series"),
        pytest.param([*STORY[:4], *prose(3, 200)], [*STORY[:4], *prose(4, 200)], "", "own-text", id="half another's"),
        pytest.param([*OTHER[:1], *STORY[3:]], STORY, "", "other-lead", id="a live update with its background"),
        pytest.param([OTHER[0], *STORY], [OTHER[1], *STORY], "gazette", "source-furniture", id="one's furniture"),
    ],
)  # fmt: skip
def test_no_copies(one, two, source, expected):
    """
    What shares a quotation, a background, a template or furniture is no copy, and the verdict says why.
    """
    titles = ("Harbour master leaves", "Bridge is closed again")

    got = judge(made(one, source, titles[0]), made(two, source or "another", titles[1]))

    assert Novel(expected) == got


@pytest.mark.parametrize("source", ["another", "gazette"])
@pytest.mark.parametrize("name", ISSUES)
def test_series_in_words(name: str, source: str):
    """
    Two issues of a series differ in names, days or numbers in words: no copies, of one outlet or of two.
    """
    series = ISSUES[name]
    one, two = (
        made([line.format(**gaps) for line in series["text"]], outlet, series["title"].format(**gaps))
        for gaps, outlet in zip(series["issues"], ("gazette", source), strict=True)
    )

    got = judge(one, two)

    assert isinstance(got, Novel)


def test_an_issue_is_its_own_copy():
    """
    One issue in two outlets is a copy all the same.
    """
    for series in ISSUES.values():
        text = [line.format(**series["issues"][0]) for line in series["text"]]

        got = judge(made(text, "one"), made(["Von unserem Korrespondenten", *text], "two"))

        assert isinstance(got, Copy)


@pytest.mark.parametrize(
    ("new", "is_copy"),
    [pytest.param(40, True, id="a lead in other words"), pytest.param(160, False, id="another release")],
)
def test_the_same_about(new: int, is_copy: bool):
    """
    Before what both have a lead may be written anew; two texts so long are two articles, though they name one company.
    """
    about = prose(5, 300)
    name = "Northvale Foods of Merrow said on Monday"
    one, two = ([f"{name} {line}" for line in prose(seed, new, 1)] + about for seed in (6, 7))

    got = judge(made(one, "one"), made(two, "two"))

    assert is_copy == isinstance(got, Copy)


def test_the_same_frame():
    """
    Texts that share how they begin and end, and each have their own between, are issues of one page.
    """
    head, tail = prose(5, 150), prose(6, 180)

    got = judge(*(made([*head, *prose(seed, 130), *tail], str(seed)) for seed in (7, 8)))

    assert Novel("framed") == got


def test_another_issue_of_the_same_source():
    """
    Words changed all over a text of the same outlet make another issue of it; another outlet has edited it.
    """
    changed = edited(STORY, 0.1)

    got = [judge(made(STORY, "here"), made(changed, source)) for source in ("there", "here")]

    assert [Copy, Novel] == [type(verdict) for verdict in got]


def test_house_style():
    """
    Thousands and decimals set in another house's way are the same numbers.
    """
    one = [f"Le port de {word} compte 1{n} 200 habitants et {n},5 bateaux." for n, word in enumerate(prose(1, 12, 12))]
    two = [line.replace(" 200", "\u202f200").replace(",5", ".5") for line in one]
    three = [line.replace(" 200", ".200") for line in one]

    got = [judge(made(one, "one"), made(other, "two")) for other in (two, three)]

    assert [Copy(1.0), Copy(1.0)] == got


def test_a_number_of_the_same_source():
    """
    One number in another's copy may be a slip; one in the same outlet's new address is the next issue.
    """
    one = ["The queue at the gate of the old harbour was 40 carts long on that day.", *STORY[:3]]
    two = [one[0].replace("40", "60"), *one[1:]]

    got = [judge(made(one, "here"), made(two, source)) for source in ("there", "here")]

    assert [Copy, Novel] == [type(verdict) for verdict in got]


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.text(max_size=200), max_size=4), st.lists(st.text(max_size=200), max_size=4))
def test_any_texts(one, two):
    """
    Any two texts have a verdict, the same in both directions.
    """
    first, second = sketch(one), sketch(two)

    assert judge(first, second) == judge(second, first)


def candidate(document: int, paragraphs: list[str], head: str | None) -> Candidate:
    return Candidate(document=document, sketch=made(paragraphs, f"source {document}"), head=head)


def test_place():
    """
    A text belongs to the head it has most in common with; unpublished copies are its rivals, others nothing to it.
    """
    mine = made(STORY)

    got = place(
        mine,
        [
            candidate(1, OTHER, "other"),
            candidate(2, edited(STORY, 0.1), "far"),
            candidate(3, STORY, "near"),
            candidate(4, STORY[:5], None),
            candidate(5, OTHER, None),
        ],
    )

    assert Standing(head="near", containment=1.0, rivals=(4,)) == got
    assert Standing() == place(mine, [])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (None, Cluster(id="a", role="head", head_id="a")),
        ("a", Cluster(id="a", role="head", head_id="a")),
        ("b", Cluster(id="b", role="copy", head_id="b")),
    ],
)
def test_cluster_for(head, expected):
    """
    An article without another head is the head of a cluster that has its name.
    """
    assert expected == cluster_for("a", head)
