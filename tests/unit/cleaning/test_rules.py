"""The rules' own examples, and what a rule must be."""

from __future__ import annotations

import re
import time

import pytest

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import Rule, first_fit, fits, load_rules, probe_of, read_rules
from ingest.errors import SettingsError

RULES = load_rules()

#: An article that no rule touches, to stand examples in.
STORY = [f"The harbour lay still on day {day}, and nobody on the quay could name the reason." for day in range(24)]

REMOVES = [pytest.param(rule, text, id=f"{rule.id}: {text[:40]}") for rule in RULES.rules for text in rule.removes]
KEEPS = [pytest.param(rule, text, id=f"{rule.id}: {text[:40]}") for rule in RULES.rules for text in rule.keeps]

GUARDS = "speech = ['\"']\nopen_endings = ['on of']\n"
ENTRY = """
[[rule]]
id = "ad-label"
kind = "furniture"
lang = "en"
lines = ['advert']
confidence = 0.9
removes = ["Advert"]
keeps = ["Adverts"]
"""


def in_story(rule: Rule, text: str) -> list[str]:
    """The example where its rule acts."""
    at = {"head": 0, "any": 12, "tail": 24}[rule.position]
    return [*STORY[:at], *text.split("\n"), *STORY[at:]]


@pytest.mark.parametrize(("rule", "text"), REMOVES)
def test_removes(rule, text):
    """
    Every line of a rule's example goes, at least one of them by that rule, and nothing else does.
    """
    cleaning = clean_lines(in_story(rule, text), RULES)

    assert text.split("\n") == [removal.text for removal in cleaning.removals]
    assert rule.id in {removal.rule for removal in cleaning.removals}


@pytest.mark.parametrize(("rule", "text"), KEEPS)
def test_keeps(rule, text):
    """
    No rule takes another rule's near miss, at the place where that rule acts.
    """
    lines = in_story(rule, text)

    cleaning = clean_lines(lines, RULES)

    assert tuple(lines) == cleaning.paragraphs


def test_every_language_has_promos_and_pointers():
    """
    English, German, French, Spanish, Italian, Portuguese, Dutch, Norwegian, Swedish, Danish and Polish are covered.
    """
    lines = [
        "Sign up for our newsletter",
        "Newsletter abonnieren",
        "Inscrivez-vous à notre newsletter",
        "Suscríbete a nuestro boletín",
        "Iscriviti alla nostra newsletter",
        "Assine a nossa newsletter",
        "Schrijf je in voor onze nieuwsbrief",
        "Meld deg på vårt nyhetsbrev",
        "Anmäl dig till vårt nyhetsbrev",
        "Tilmeld dig vores nyhedsbrev",
        "Zapisz się do naszego newslettera",
    ]

    cleaning = clean_lines([part for line in lines for part in (line, STORY[0])], RULES)

    assert lines == [removal.text for removal in cleaning.removals]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  READ\u00a0 MORE:  ", "READ MORE"),
        ("» Read more…", "Read more"),
        ("(Reporting by Ana Gull)", "Reporting by Ana Gull"),
        ("“Don’t miss”", '"Don\'t miss"'),
        ("▶ Share — now!", "Share - now"),
    ],
)
def test_probe(line, text):
    """
    Rules see a line without ornament, on one line, with straight quotes and dashes.
    """
    probe = probe_of(line)

    assert probe is not None
    assert text == probe.text


@pytest.mark.parametrize("line", ["", " \r", "***", "x" * 481])
def test_no_probe(line):
    """
    A blank line, an ornament and a long paragraph are none of the rules' business.
    """
    assert probe_of(line) is None


def test_guard():
    """
    A guarded rule leaves a line alone that quotes; an unguarded one does not.
    """
    quoted = probe_of('Sign up for "our newsletter"')
    texts = {"ad.toml": ENTRY.replace("['advert']", "['sign up .*']"), "guards.toml": GUARDS}
    guarded = read_rules(texts)
    unguarded = read_rules(texts | {"ad.toml": texts["ad.toml"] + "guard = false\n"})

    assert quoted is not None
    assert not fits(guarded.rules[0], quoted, guarded)
    assert fits(unguarded.rules[0], quoted, unguarded)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("ad-label", "label"), "ad.toml: label: its id must begin with ad-"),
        (("furniture", "junk"), "ad.toml: ad-label: kind must be one of promo"),
        (('lang = "en"', ""), "ad.toml: ad-label: lang must be"),
        (("['advert']", "['advert(']"), "ad.toml: ad-label: missing )"),
        (("['advert']", "[]"), "ad.toml: ad-label: lines must be patterns"),
        (("['advert']", "['a*']"), "ad.toml: ad-label: matches an empty line"),
        (("confidence = 0.9", "confidence = 2"), "ad.toml: ad-label: confidence must be"),
        (("confidence = 0.9", "confidence = 0.9\nposition = 'middle'"), "ad.toml: ad-label: position must be"),
        (("confidence = 0.9", "confidence = 0.9\nblock = 'all'"), "ad.toml: ad-label: block must be"),
        (("confidence = 0.9", "confidence = 0.9\nmax_chars = 9999"), "ad.toml: ad-label: max_chars must be"),
        (("confidence = 0.9", "confidence = 0.9\nguard = 'no'"), "ad.toml: ad-label: guard, label and checked"),
        (("confidence = 0.9", "confidence = 0.9\nseverity = 1"), "ad.toml: ad-label: unknown field severity"),
        (('["Advert"]', "[]"), "ad.toml: ad-label: removes needs an example"),
        (('["Adverts"]', "[]"), "ad.toml: ad-label: keeps needs a near miss"),
        (("[[rule]]", "[[rul]]"), "ad.toml: holds nothing but [[rule]] entries"),
        (("[[rule]]", "[[rule"), "ad.toml: "),
    ],
)
def test_faulty_rule(change, fault):
    """
    A rule that makes no sense is refused in a sentence that names its file and id.
    """
    with pytest.raises(SettingsError) as caught:
        read_rules({"ad.toml": ENTRY.replace(*change), "guards.toml": GUARDS})

    assert str(caught.value).startswith(fault)


def test_id_is_taken():
    """
    Two rules of one id are refused.
    """
    with pytest.raises(SettingsError, match="ad-label: this id is taken"):
        read_rules({"ad.toml": ENTRY + ENTRY, "guards.toml": GUARDS})


@pytest.mark.parametrize("place", ["any", "head", "tail", "joins"])
def test_first_fit_is_as_trying_all(place):
    """
    The index finds the rule that trying all rules in turn finds.
    """
    lines = [line for rule in RULES.rules for text in (*rule.removes, *rule.keeps) for line in text.split("\n")]
    probes = [probe for line in (*lines, *map(str.upper, lines), *STORY) if (probe := probe_of(line))]
    acting = [rule for rule in RULES.rules if ("joins" if rule.block == "joins" else rule.position) == place]

    tried = [next((rule.id for rule in acting if fits(rule, probe, RULES)), None) for probe in probes]

    found = [first_fit(probe, RULES, place) for probe in probes]
    assert tried == [rule and rule.id for rule in found]


#: Lines made to be slow for a pattern that tries in many ways: what rules repeat, over and over, and no fitting end.
ATTACKS = [
    ("A. " * 160)[:479] + "€",
    ("and " * 120)[:479] + "€",
    ("AAAA" * 120)[:479] + "€",
    ("a-a " * 120)[:479] + "€",
    ("© " * 240)[:479] + "€",
    ("our the free daily " * 30)[:479] + "€",
    ("12:30, " * 80)[:479] + "€",
    ("新闻：" * 160)[:479] + "€",
    ("'a" * 240)[:479] + "€",
]


#: A choice that may stand many times: each of its parts, many times over, is a line to fear.
REPEATED = re.compile(r"\(\?:([^()]*)\)[*+]")


def attacks(rule: Rule) -> list[str]:
    """Lines that begin as the rule's own examples do, and then never end as it asks."""
    heads = {line for text in rule.removes for line in text.split("\n")}
    halves = {head[: len(head) * part // 4] for head in heads for part in (1, 2, 3, 4)}
    repeated = {part for line in rule.lines for group in REPEATED.findall(line) for part in group.split("|")}
    tails = [*ATTACKS, *(f"{head} " * 480 for head in heads), *(part * 480 for part in repeated)]
    return [f"{half} {tail}"[:479] + "€" for half in halves for tail in tails]


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_no_pattern_is_slow(rule):
    """
    A rule takes 20 ms of processor time at most for a line of 480 characters, however it is made.
    """
    slow = []
    for line in attacks(rule):
        before = time.process_time()
        rule.pattern.fullmatch(line)
        if time.process_time() - before > 0.02:
            slow.append(line)

    assert [] == slow


@pytest.mark.parametrize("line", [*ATTACKS, "A. The a of in was " * 25, ", the a b c d e said" * 24, ", rät " * 80])
@pytest.mark.parametrize("guard", [RULES.speech, RULES.attribution, RULES.joined], ids=["speech", "report", "joined"])
def test_guard_is_not_slow(line, guard):
    """
    Neither is the search for what a story says.
    """
    before = time.process_time()

    guard.search(line)

    assert time.process_time() - before < 0.05


def test_a_rule_without_a_check_says_so():
    """
    A rule is taken for checked unless it says otherwise.
    """
    texts = {"ad.toml": ENTRY, "guards.toml": GUARDS}

    (checked,) = read_rules(texts).rules
    (unchecked,) = read_rules(texts | {"ad.toml": ENTRY + "checked = false\n"}).rules

    assert (True, False) == (checked.is_checked, unchecked.is_checked)
