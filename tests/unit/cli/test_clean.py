"""``copydesk clean``."""

import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules
from workers.cli.clean import _decode, _fates, _restored, _split

STORY = "The council met on Tuesday.\n\nIt adopted the plan.\n"
PROMO = "Sign up for our newsletter"
PARAGRAPHS = "".join(
    f"<p>The council met in the old hall on day {day} and spoke about the harbour for hours, people said.</p>"
    for day in range(6)
)
PAGE = f"<!doctype html><html><head><title>Plan</title></head><body><article>{PARAGRAPHS}<p>{PROMO}</p></article>"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (STORY.encode(), STORY.encode()),
        (f"{STORY}{PROMO}\n".encode(), STORY.encode()),
        (f"{STORY}{PROMO}".encode(), STORY.encode()),
        (b"One\r\ntwo \t\r\n" + PROMO.encode() + b"\r\n", b"One\r\ntwo \t\r\n"),
        (b"caf\xe9 \xff\x1b[0m\x0b\x0c\xe2\x80\xa8 end\n", b"caf\xe9 \xff\x1b[0m\x0b\x0c\xe2\x80\xa8 end\n"),
        (b"", b""),
        (b"\n\n", b"\n\n"),
        ("\ufeffOne\n".encode(), b"One\n"),
        ("One \u00e9\n".encode("utf-16"), "One \u00e9\n".encode()),
        (b"a < b and <p> is a tag\n", b"a < b and <p> is a tag\n"),
    ],
    ids=["kept", "promo", "no-end", "crlf", "bytes", "empty", "blank", "utf-8-mark", "utf-16", "less-than"],
)
def test_clean_text(cli, given, expected):
    """
    Plain text comes out as the very bytes of its lines, without the removed ones.
    """
    got = cli.run("clean", input=given)

    assert (0, expected, "") == (got.exit_code, got.stdout_bytes, got.stderr)


def test_clean_file(cli):
    """
    A file is read as stdin is.
    """
    (cli.folder / "story.txt").write_text(STORY + PROMO)

    got = cli.run("clean", "story.txt")

    assert (0, STORY) == (got.exit_code, got.stdout)


def test_clean_diff(cli):
    """
    Every line is shown, the removed ones with kind and rule.
    """
    got = cli.run("clean", "--diff", input=f"The council met.\n{PROMO}\n")

    assert ["  The council met.", f"- [promo newsletter-sign-up-en] {PROMO}"] == got.stdout.splitlines()


def test_clean_diff_is_safe(cli):
    """
    Control codes and markup in a line do not reach the terminal as such.
    """
    got = cli.run("clean", "--diff", input="[red]The council\x1b[2J met[/red]")

    assert "  [red]The council[2J met[/red]\n" == got.stdout


def test_clean_json(cli):
    """
    The JSON holds text, paragraphs, removals and flags; bytes that are no UTF-8 are U+FFFD there.
    """
    got = json.loads(cli.run("clean", "--json", input=b"The caf\xe9 met.\n" + PROMO.encode()).stdout)

    removal = got["removals"][0]
    assert ("The caf\ufffd met.", ["The caf\ufffd met."], []) == (got["text"], got["paragraphs"], got["flags"])
    assert (1, "promo", PROMO, 1) == (
        len(got["removals"]),
        removal["kind"],
        removal["text"],
        removal["after_paragraph"],
    )


def test_clean_html(cli):
    """
    Input that begins like HTML is a page: its main text is taken, then cleaned.
    """
    got = cli.run("clean", "--url", "https://outlet.example/plan", input=PAGE)

    lines = got.stdout.splitlines()
    assert (0, 6, False) == (got.exit_code, len(lines), PROMO in lines)


def test_clean_url(cli, site):
    """
    An address is fetched; the diff of its text shows what went.
    """
    site.pages["/plan"] = (200, {"Content-Type": "text/html"}, PAGE.encode())

    got = cli.run("clean", f"{site.url}/plan", "--diff")

    assert (0, f"- [promo newsletter-sign-up-en] {PROMO}") == (got.exit_code, got.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("arguments", "given", "code", "sentence"),
    [
        (("missing.txt",), b"", 2, "missing.txt: No such file or directory"),
        (("/",), b"", 2, "/: Is a directory"),
        (("-",), b"text\0more", 2, "-: this is no text but binary data"),
        (("-",), b"a" * 1001, 2, "-: more than 1000 bytes"),
        (("-",), b"<html></html>", 1, "-: no text was found in the page"),
        (("--diff", "--json"), b"", 2, "--diff and --json exclude each other (see copydesk clean --help)"),
        (
            ("--url", "x", "-"),
            b"<html></html>",
            2,
            "The address has no scheme; it must begin with http:// or https://.",
        ),
        (("http://",), b"", 2, "The address has no host."),
        (("http://127.0.0.1:1/",), b"", 1, "http://127.0.0.1:1/: connect: 127.0.0.1: Connection refused"),
    ],
)
def test_clean_refusals(cli, arguments, given, code, sentence):
    """
    What cannot be cleaned is one sentence, and stdout stays empty.
    """
    cli.environment["COPYDESK_MAX_PAGE_BYTES"] = "1000"

    got = cli.run("clean", *arguments, input=given)

    assert (code, "", f"copydesk: {sentence}\n") == (got.exit_code, got.stdout, got.stderr)


def test_clean_url_that_is_gone(cli, site):
    """
    A status other than success brings no text.
    """
    got = cli.run("clean", f"{site.url}/gone?key=s3cret")

    assert (1, "", f"copydesk: {site.url}/gone?key=***: status: 404 Not Found\n") == (
        got.exit_code,
        got.stdout,
        got.stderr,
    )


def test_clean_of_a_page_that_takes_too_long(cli):
    """
    A page that cannot be read in time is one sentence that says what it means.
    """
    cli.environment["COPYDESK_SANDBOX_DEADLINE"] = "0.1"
    # Seconds of work for any extractor.
    endless = "".join(
        f"<p>{number}. The quay is being widened, says the council, and nobody knows by whom.</p>"
        for number in range(30_000)
    )

    got = cli.run("clean", input=f"<html><body><article>{endless}</article></body></html>")

    assert (1, "") == (got.exit_code, got.stdout)
    assert got.stderr.startswith("copydesk: the page cannot be read: Reading it took longer than ")


def test_clean_into_a_closed_pipe(cli):
    """
    A reader that has seen enough (``copydesk clean | head -1``) is no failure and brings no complaint.
    """
    (cli.folder / "long.txt").write_text("The council met on Tuesday.\n" * 10_000)
    with (
        cli.start("clean", "long.txt") as process,
        subprocess.Popen(["head", "-1"], stdin=process.stdout, stdout=subprocess.PIPE) as head,
    ):
        process.stdout.close()
        got = head.communicate(timeout=60)[0]
        errors = process.stderr.read()
        code = process.wait(60)

    assert (b"The council met on Tuesday.\n", b"", 0) == (got, errors, code)


_LINES = st.lists(st.sampled_from(["", "The council met.", PROMO, "Advertisement", "\t", "It adopted the plan.\r"]))


@settings(deadline=None)  # the machine may be busy
@given(_LINES)
def test_fates_account_for_every_line(lines):
    """
    Each line before cleaning has one fate, and kept and removed lines in that order are the text again.
    """
    cleaning = clean_lines(lines, load_rules())

    assert lines == list(_restored(cleaning))
    assert len(lines) == len(list(_fates(cleaning)))


@settings(deadline=None)  # the machine may be busy
@given(st.binary().filter(lambda data: b"\0" not in data and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef"))))
def test_decoding_and_splitting_lose_nothing(data):
    """
    Whatever the bytes, the lines put together are the bytes again.
    """
    got = "".join(_split(_decode(data, "-"))).encode("utf-8", "surrogateescape")

    assert data == got
