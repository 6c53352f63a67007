"""What an operator trusts the sinks with stays out of the processes that have no use for it."""

import os

from ingest.settings import Settings, environment, forget_secrets

SECRETS = {
    "COPYDESK_SINKS": "https://hooks.example/token",
    "CLOUDAMQP_URL": "amqps://ann:pw@rabbit.example/desk",
    "TOKEN_URL": "redis://:pw@h.example",
    "HOOK_SECRET": "whsec_MDEyMzQ1",
}
PLAIN = {"HOME_PAGE": "https://example.org/a:b@c", "WORD": "whsec", "PLACE": "http://[::1]:80/"}


def test_forgotten(monkeypatch):
    """
    Children that touch foreign bytes inherit no address with a password, whatever its variable is called.
    """
    for name, value in (SECRETS | PLAIN).items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)

    forget_secrets()
    left = {name for name in SECRETS | PLAIN if name in os.environ}
    os.environ.update(before)

    assert set(PLAIN) == left


def test_no_repr():
    """
    The setting that may hold addresses with passwords is in no repr of the settings.
    """
    assert "s3cret" not in repr(Settings(_env_file=None, sinks="amqp://a:s3cret@h.example"))


def test_environment(monkeypatch, tmp_path):
    """
    A variable is found where it is set, and in .env; the environment wins.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ONE_URL=amqp://one\nTWO_URL=amqp://old\nEMPTY\n")
    monkeypatch.setenv("TWO_URL", "amqp://two")

    got = environment()

    assert ("amqp://one", "amqp://two", False) == (got["ONE_URL"], got["TWO_URL"], "EMPTY" in got)
