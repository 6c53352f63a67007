"""``copydesk doctor``: the report as a whole."""

import json

import pytest


def test_a_sound_installation(cli):
    """
    Where all is well but the contact, nothing is a problem and the exit code is 0.
    """
    cli.environment |= {"COPYDESK_WEB_PORT": "0", "COPYDESK_CONTACT": "https://desk.example/about"}

    got = cli.run("doctor", "--json")

    told = json.loads(got.stdout)
    assert (0, "", "ok") == (got.exit_code, got.stderr, told["worst"]), told
    assert {"python", "variables", "store", "clock", "due-feeds", "sandbox"} <= {
        one["check"] for one in told["findings"]
    }


@pytest.mark.parametrize(
    ("environment", "check"),
    [
        ({"COPYDESK_POLL_INTERVAL": "soon"}, "settings"),
        ({"REDIS_URL": "redis://:s3cret@127.0.0.1:1"}, "store"),
        ({"REDIS_URL": ""}, "store"),
        ({"COPYDESK_LEASE": "2", "COPYDESK_TICK": "5"}, "times"),
    ],
)
def test_a_release_that_would_not_run(cli, environment, check):
    """
    The release check ends with 1 where processes could not start or would do nothing, and quotes no password.
    """
    cli.environment |= environment

    got = cli.run("doctor", "--release", "--json")

    problems = [one["check"] for one in json.loads(got.stdout)["findings"] if one["level"] == "problem"]
    assert (1, [check], False) == (got.exit_code, problems, "s3cret" in got.output)


def test_for_people(cli):
    """
    The report says what, why and what to do, a line each.
    """
    cli.environment["COPYDESK_POLL_INTERVALL"] = "s3cret"

    got = cli.run("doctor", "--release")

    lines = got.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("warning variables"))
    assert (0, True, True) == (
        got.exit_code,
        "did you mean COPYDESK_POLL_INTERVAL?" in lines[at],
        "->" in lines[at + 2],
    )
    assert ("0 problem", False) == (lines[-1].split(", ")[-1], "s3cret" in got.output)


def test_no_store(cli):
    """
    Without a store the rest is examined all the same.
    """
    cli.environment["REDIS_URL"] = "redis://:s3cret@127.0.0.1:1"

    got = cli.run("doctor", "--offline", "--json")

    checks = [one["check"] for one in json.loads(got.stdout)["findings"]]
    assert (1, True, False) == (got.exit_code, {"store", "sandbox", "python"} <= set(checks), "s3cret" in got.output)


@pytest.mark.parametrize("option", ["--offline", "--release"])
def test_a_store_that_lets_us_not(cli, option):
    """
    A right that the store's user lacks is a finding, and no traceback.
    """

    async def allow(store):
        commands = ["+@all", "-time"]
        await store.redis.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=commands)

    cli.with_store(allow)
    cli.environment["REDIS_URL"] = cli.settings.redis_url.replace("unix://", "unix://reader:pw@", 1)

    got = cli.run("doctor", option, "--json")

    found = {one["check"]: one for one in json.loads(got.stdout)["findings"]}
    assert (1, "problem", True) == (got.exit_code, found["store"]["level"], "no permissions" in found["store"]["what"])
