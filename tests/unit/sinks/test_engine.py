"""Addresses, options and sentences of the sinks over a broker."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SettingsError
from ingest.sinks.engine import Address, check_options, check_tls, choice, duration, hide, named, read_address, tokens
from tests.brokers import parcel

SCHEMES = {"amqp": 5672, "amqps": 5671}
SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("amqp://host", Address(scheme="amqp", hosts=(("host", 5672),))),
        ("amqps://host/", Address(scheme="amqps", hosts=(("host", 5671),), path="")),
        (
            "amqp://me:a%2Fb%40@h1:1,h2:2,[::1]:3/v%2Fh?queue=x",
            Address(scheme="amqp", hosts=(("h1", 1), ("h2", 2), ("::1", 3)), user="me", password="a/b@", path="v/h"),
        ),
        ("amqp://token@host:9", Address(scheme="amqp", hosts=(("host", 9),), user="token")),
    ],
)
def test_read_address(url, expected):
    """
    An address has hosts with ports, an account and a path, all of them decoded.
    """
    got = read_address(url, schemes=SCHEMES)

    assert expected == got


@pytest.mark.parametrize(
    "url",
    [
        "",
        "amqp",
        "amqp://",
        "http://host",
        f"amqp://me:{SECRET}/x@host",
        f"amqp://me:{SECRET}@x@host",
        f"amqp://me:{SECRET}@host:99999",
        f"amqp://me:{SECRET}@host:x",
        f"amqp://me:{SECRET}@host,",
        f"amqp://me:{SECRET}@ho st",
        f"amqp://me:{SECRET}@h\nost",
    ],
)
def test_read_address_nonsense(url):
    """
    What is no address is said to be none, and nothing of it is quoted.
    """
    with pytest.raises(SettingsError) as caught:
        read_address(url, schemes=SCHEMES)

    assert SECRET not in str(caught.value)


@given(st.text(max_size=40))
def test_read_address_anything(text):
    """
    Any text is an address or a SettingsError.
    """
    try:
        got = read_address(f"amqp://{text}", schemes=SCHEMES)
    except SettingsError:
        return

    assert all(0 < port < 65536 for _, port in got.hosts)


def test_address_repr():
    """
    Nobody sees the password in an address that is printed.
    """
    got = repr(read_address(f"amqp://me:{SECRET}@host", schemes=SCHEMES))

    assert SECRET not in got


@pytest.mark.parametrize(
    ("said", "expected"),
    [({}, timedelta(hours=1)), ({"t": "2.5"}, timedelta(seconds=2.5)), ({"t": "PT10M"}, timedelta(minutes=10))],
)
def test_duration(said, expected):
    """
    Times are seconds or ISO 8601.
    """
    assert expected == duration(said, "t", timedelta(hours=1))


@pytest.mark.parametrize("said", ["", "0", "-1", "soon", "-PT1S", "nan", "1e9", "PT0S"])
def test_duration_nonsense(said):
    """
    What is no time above zero is refused in a sentence that names the option.
    """
    with pytest.raises(SettingsError, match=r"^t must"):
        duration({"t": said}, "t", timedelta(hours=1))


def test_options(tmp_path):
    """
    Options that do not exist, words that are none of theirs, impossible names and missing files are refused by name.
    """
    with pytest.raises(SettingsError, match="no option 'quue' here; there are exchange, queue"):
        check_options({"quue": "x"}, known={"queue", "exchange"})
    with pytest.raises(SettingsError, match="declare must be yes or no"):
        choice({"declare": "maybe"}, "declare", among=("yes", "no"))
    with pytest.raises(SettingsError, match="queue cannot be 'a b'"):
        named({"queue": "a b"}, "queue", "", pattern="[a-z]+")
    with pytest.raises(SettingsError, match="is no file"):
        check_tls({"cafile": str(tmp_path / "none.pem")})
    with pytest.raises(SettingsError, match="needs certfile"):
        check_tls({"keyfile": __file__})


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("Example.CO.uk", "example.co.uk"),
        ("", "unknown"),
        ("..", "unknown"),
        ("a.*.>.#", "a._._._"),
        ("a b\r\n.org", "a_b_.org"),
        ("bücher.example", "bücher.example"),
    ],
)
def test_tokens(domain, expected):
    """
    A domain is words between dots in which no broker finds a wildcard, a space or an empty word.
    """
    assert expected == tokens(parcel(1, domain=domain))


def test_hide():
    """
    A sentence of an engine's is one line, without secrets, and ends.
    """
    got = hide(f"no\n{SECRET}  for {SECRET}" + "x" * 1000, SECRET, "")

    assert got.startswith("no *** for ***x")
    assert "\n" not in got
    assert len(got) == 300
