"""The settings: names nobody reads, files that make no sense, what should be set and is not."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from workers.doctor import configuration as found


def test_every_setting_is_known():
    """
    No setting's own name is called unknown, nor those that a host gives.
    """
    assert {"COPYDESK_POLL_INTERVAL", "COPYDESK_REDIS_URL", "REDIS_URL", "PORT"} <= found.known_variables()


@pytest.mark.parametrize(
    ("environment", "level", "part"),
    [
        ({"COPYDESK_PREFIX": "a", "PATH": "x", "copydesk_data": "b"}, "ok", "2 COPYDESK_ variables"),
        ({"COPYDESK_PARENT": "1", "COPYDESK_TEST_KILLS": "9"}, "ok", ""),
        ({"COPYDESK_POLL_INTERVALL": "9"}, "warning", "(did you mean COPYDESK_POLL_INTERVAL?)"),
        ({"COPYDESK_ZZZ": "s3cret"}, "warning", "unknown: COPYDESK_ZZZ"),
    ],
)
def test_variables(environment, level, part, tmp_path, monkeypatch):
    """
    A name that looks like a setting and is none is told, with the one that is meant; its value is not.
    """
    monkeypatch.chdir(tmp_path)

    got = found.variables(environment)

    assert (level, True, False) == (got.level, part in got.what, "s3cret" in repr(got))


@pytest.mark.parametrize(
    ("text", "level", "part"),
    [
        (None, "ok", "those of copydesk"),
        ("", "problem", "town.toml: holds nothing but [[rule]] entries"),
        ("[[rule]]\nid = 'town-a'", "problem", "town.toml: town-a: kind must be one of"),
    ],
)
def test_rules(settings, tmp_path, text, level, part):
    """
    Rules of the operator's own that make no sense are a problem that is told before a worker starts.
    """
    if text is not None:
        (tmp_path / "town.toml").write_text(text)
        settings = settings.model_copy(update={"rules": tmp_path})

    got = found.rules(settings)

    assert (level, True) == (got.level, part in got.what)


def test_variables_of_the_file(tmp_path, monkeypatch):
    """
    The .env file is looked at as well.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("# ours\nexport COPYDESK_CONTAKT=https://example.org/\n\nCOPYDESK_PREFIX=a\n")

    got = found.variables({}), found.env_file()

    assert ("unknown: COPYDESK_CONTAKT (did you mean COPYDESK_CONTACT?)", ".env: 2 settings") == (
        got[0].what,
        got[1].what,
    )


@pytest.mark.parametrize(("data", "level"), [(None, "ok"), (b"A=1\n", "ok"), (b"\xff\xfe", "problem")])
def test_env_file(tmp_path, data, level):
    """
    A .env file that cannot be read is a problem; none is none.
    """
    path = tmp_path / ".env"
    if data is not None:
        path.write_bytes(data)

    assert level == found.env_file(path).level


def test_env_file_that_is_a_folder(tmp_path):
    """
    What cannot be opened is a problem with the system's own words.
    """
    assert (".env: Is a directory", "problem") == (found.env_file(tmp_path).what, found.env_file(tmp_path).level)


@pytest.mark.parametrize(
    ("text", "level"),
    [(None, "ok"), ('[[feed]]\nurl = "https://example.org/feed.xml"\n', "ok"), ("[[feed]\n", "problem")],
)
def test_feeds_file(settings, tmp_path, text, level):
    """
    A feeds file that makes no sense is a problem; none is none.
    """
    path = tmp_path / "feeds.toml"
    if text is not None:
        path.write_text(text)

    assert level == found.feeds_file(settings.model_copy(update={"feeds_file": path})).level


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "ok"),
        ({"lease": timedelta(seconds=30)}, "warning"),
        ({"lease": timedelta(seconds=2), "tick": timedelta(seconds=1)}, "problem"),
    ],
)
def test_times(settings, change, level):
    """
    A lease must outlast a tick, and should outlast the slowest article.
    """
    assert level == found.leases(settings.model_copy(update=change)).level


def test_contact(settings):
    """
    Who does not say who asks is told why that matters.
    """
    got = [found.contact(settings.model_copy(update={"contact": one})).level for one in ("", "mailto:desk@example.org")]

    assert ["warning", "ok"] == got


def test_extras(settings, monkeypatch):
    """
    What is configured and not installed is a problem, with the command that installs it.
    """
    monkeypatch.setattr(found, "_EXTRAS", (("contact", "no_such_module", "amqp"), ("public_url", "no_other", "nats")))

    got = found.extras(settings.model_copy(update={"contact": "x"}))

    assert ("problem", "pip install 'copydesk[amqp]'") == (got.level, got.todo)


@pytest.mark.parametrize(
    ("setting", "level"),
    [
        ("", "ok"),
        ("jsonl:articles.jsonl", "ok"),
        ("amqp://u:s3cret@h/", "problem"),
        ("gopher://u:s3cret@h/", "problem"),
    ],
)
def test_sinks(settings, monkeypatch, setting, level):
    """
    Sinks that make no sense, or whose engine is not installed, are a problem; no password is quoted.
    """
    monkeypatch.setattr(found, "_ENGINES", {"amqp": "no_such_module"})

    got = found.sinks(settings.model_copy(update={"sinks": setting}))

    assert (level, False) == (got.level, "s3cret" in repr(got))


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "ok"),
        ({"web_host": "0.0.0.0"}, "warning"),
        ({"web_host": "0.0.0.0", "web_private": False}, "warning"),
        ({"web_host": "0.0.0.0", "web_token": SecretStr("s" * 16)}, "ok"),
        ({"web_host": "0.0.0.0", "web_private": True}, "problem"),
        ({"web_host": "0.0.0.0", "web_private": True, "web_token": SecretStr("s" * 16)}, "ok"),
    ],
)
def test_exposure(settings, change, level):
    """
    Status pages that strangers can read are told, and so are those that nobody can.
    """
    assert level == found.exposure(settings.model_copy(update=change)).level
