"""The operator's configuration of sinks."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SettingsError
from ingest.sinks.filters import Filters
from ingest.sinks.sinks_toml import SinkPlan, all_sinks, read_sinks_setting, read_sinks_toml

VARIABLES = {"CLOUDAMQP_URL": "amqps://ann:s3cret@rabbit.example/desk", "HOOK": "whsec_s3cret", "EMPTY": " "}
WHOLE = """
[[sink]]
name = "search"
url = "env:CLOUDAMQP_URL"
format = "ninjs"
from = "now"
sources = ["Example.ORG."]
languages = ["en", "pt-BR"]
roles = ["head"]
kinds = ["published", "updated"]
options = { queue = "articles", declare = false, timeout = 5, secret = "env:HOOK" }

[[sink]]
name = "files"
url = "jsonl:articles.jsonl?keep=5&gzip=no"
options = { gzip = true }
"""


def test_whole():
    """
    Everything that is said arrives; what is not said is the default; a table's option wins over the address's.
    """
    search, files = read_sinks_toml(WHOLE.encode(), VARIABLES)

    filters = Filters(
        sources=("example.org",), languages=("en", "pt-br"), roles=("head",), kinds=("published", "updated")
    )
    options = {"queue": "articles", "declare": "no", "timeout": "5", "secret": "whsec_s3cret"}
    assert ("search", VARIABLES["CLOUDAMQP_URL"], "ninjs", "now") == (
        search.name,
        search.url,
        search.format,
        search.start,
    )
    assert (filters, options) == (search.filters, search.options)
    assert ("files", "copydesk", "beginning", Filters()) == (files.name, files.format, files.start, files.filters)
    assert {"keep": "5", "gzip": "yes"} == files.options


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[", "it is no TOML"),
        ("\xff", "it is not UTF-8 text"),
        ("x = 1", "x: Extra inputs are not permitted"),
        ("[[sink]]\nname = 'a'", "sink 1: url: Field required"),
        ("[[sink]]\nname = 'A b'\nurl = 'jsonl:x'", "sink 1: name: String should match pattern"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\n[[sink]]\nname = 'a'\nurl = 'jsonl:y'", "two sinks are called 'a'"),
        ("[[sink]]\nname = 'a'\nurl = 'env:NONE'", "sink a: url: the variable NONE is not set"),
        ("[[sink]]\nname = 'a'\nurl = 'env:EMPTY'", "sink a: url: the variable EMPTY is not set"),
        ("[[sink]]\nname = 'a'\nurl = 's3cret'", "sink a: url: it is no address"),
        ("[[sink]]\nname = 'a'\nurl = 'x:'", "sink a: url: it is no address"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\nformat = 'xml'", "sink 1: format: Input should be"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\nsources = ['a b']", "sink 1: sources 1: 'a b' is no domain"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\nlanguages = ['english language']", "is no language"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\noptions = { secret = 'env:NONE' }", "sink a: secret: the variable"),
        ("[[sink]]\nname = 'a'\nurl = 'jsonl:x'\noptions = { keep = [1] }", "sink 1: options keep"),
    ],
)
def test_refused(text, sentence):
    """
    What makes no sense is refused with a sentence that says where, and quotes no address.
    """
    with pytest.raises(SettingsError) as caught:
        read_sinks_toml(text.encode("latin-1"), VARIABLES)

    assert sentence in str(caught.value)
    assert "s3cret" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes(data):
    """
    Whatever the bytes are: sinks, or one sentence.
    """
    said = ""
    try:
        found = read_sinks_toml(data, {})
    except SettingsError as error:
        found, said = (), str(error)

    # Two hundred bytes of chance name no sink.
    assert () == found
    assert said or not tomllib.loads(data.decode("utf-8-sig"))


def test_setting():
    """
    The setting's sinks are named by their engines; the second of a kind has a number.
    """
    got = read_sinks_setting(
        "env:CLOUDAMQP_URL jsonl:a.jsonl?keep=3  https://a.example/x?y=1 amqp://b.example http://c.example/", VARIABLES
    )

    assert ["amqp", "jsonl", "webhook", "amqp-2", "webhook-2"] == [plan.name for plan in got]
    assert [{}, {"keep": "3"}, {}, {}, {}] == [plan.options for plan in got]


@pytest.mark.parametrize(("text", "sentence"), [("s3cret", "address 1: it is no"), ("jsonl:x env:NO", "NO is not set")])
def test_setting_refused(text, sentence):
    """
    What is no address is refused, and not quoted.
    """
    with pytest.raises(SettingsError) as caught:
        read_sinks_setting(text, {})

    assert sentence in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_one_name_in_two_places():
    """
    A name is one sink's, wherever it was given.
    """
    plan = SinkPlan(name="jsonl", url="jsonl:x")

    with pytest.raises(SettingsError, match="two sinks are called 'jsonl'"):
        all_sinks((plan,), (plan,))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("jsonl:out/a.jsonl?keep=1", "jsonl:out/a.jsonl"),
        ("jsonl:///var/a.jsonl?keep=1", "jsonl:///var/a.jsonl"),
        ("amqp://ann:s3cret@rabbit.example:5672/desk?x=s3cret", "amqp://rabbit.example:5672/desk"),
        ("amqp://ann:s3/cret@rabbit.example/desk", "amqp://***"),
        ("amqp://ann:s3?cret@rabbit.example/desk", "amqp://***"),
        ("nats://s3cret@one.example,s3cret@two.example", "nats://two.example"),
        ("https://hooks.example/services/s3cret?token=s3cret", "https://hooks.example/..."),
        ("https://hooks.example/?token=s3cret", "https://hooks.example/"),
        ("https://hooks.example?token=s3cret", "https://hooks.example"),
        ("kafka://one.example:9092,two.example:9092/articles", "kafka://one.example:9092,two.example:9092/articles"),
    ],
)
def test_shown(url, shown):
    """
    The address that people see holds no user, password, query, nor the path of a webhook.
    """
    plan = SinkPlan(name="a", url=url, options={"secret": "s3cret"}, hidden=("s3cret-too",))

    assert shown == plan.shown
    assert "s3cret" not in repr(plan)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("jsonl:a.jsonl", set()),
        ("amqp://guest-7:pa%40ss@h.example/v", {"amqp://guest-7:pa%40ss@h.example/v", "guest-7", "pa%40ss", "pa@ss"}),
        ("https://h.example/hook/1", {"https://h.example/hook/1", "hook/1"}),
    ],
)
def test_secrets(url, secrets):
    """
    What no sentence may hold: the whole address, who we are there, and what a webhook's path says.
    """
    assert secrets == set(SinkPlan(name="a", url=url).secrets)


def test_hidden_options():
    """
    An option that came from a variable, or is a secret by its name, is one of the secrets.
    """
    text = """[[sink]]\nname = "a"\nurl = "https://h.example/"\n
    [sink.options]\nsecret = "whsec_plain"\nauthorization = "env:HOOK"\nother = "visible" """

    (plan,) = read_sinks_toml(text.encode(), VARIABLES)

    assert {"whsec_plain", "whsec_s3cret"} == set(plan.secrets) - {"https://h.example/"}
