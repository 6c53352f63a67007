"""Who may change what: whoever has the token, by a form of ours, from here; and what then becomes of it."""

import re

import pytest

from ingest.store.boilerplate import read_source
from ingest.store.dead import list_dead
from ingest.store.feeds import decode_feed
from tests.unit.workers.web import seed
from tests.unit.workers.web.conftest import TOKEN
from workers.web import access

FIRST = next(one for one in seed.REMOVALS if one.kind == "related").text


async def state(site, name="feed"):
    fields = await site.store.redis.hgetall(site.store.keys.feed(site.ids[name]))
    return decode_feed("", {key.decode(): value for key, value in fields.items()}).state


def changes(ids):
    """Every form there is: where it is sent, and its fields."""
    return [
        (f"/feeds/{ids['feed']}/pause", {}),
        (f"/feeds/{ids['feed']}/resume", {}),
        (f"/feeds/{ids['feed']}/poll", {}),
        ("/sources/gazette.example/keep", {"digest": "0" * 16}),
        ("/sources/gazette.example/drop", {"digest": "0" * 16}),
        ("/dead/retry", {"all": "yes"}),
        ("/dead/drop", {"all": "yes"}),
        ("/logout", {}),
    ]


async def test_nothing_without_a_token(bare):
    """
    Where no token is set nothing can be changed, whatever is sent, and a sentence says so.
    """
    for path, fields in [
        *changes({"feed": "0" * 16}),
        ("/login", {"token": ""}),
        ("/login", {"token": "x", "form": ""}),
    ]:
        status, _, text = await bare.post(path, data=fields)

        assert 403 == status
        assert "COPYDESK_WEB_TOKEN is not set" in text


async def test_refused(site):
    """
    A form without a session, without a token of ours, of another session, or sent from elsewhere changes nothing.
    """
    host = f"127.0.0.1:{site.client.port}"
    outside = [await site.post(path, data=fields) for path, fields in changes(site.ids)]
    await site.log_in()
    form = await site.form_token()
    forged = [await site.post(path, data=fields | {"form": "0" * 64}) for path, fields in changes(site.ids)]
    missing = [await site.post(path, data=fields) for path, fields in changes(site.ids)]
    foreign = []
    for origin in ("https://evil.example", "null", f"http://{host}.evil.example", "http://[", ""):
        for path, fields in changes(site.ids):
            foreign.append(await site.post(path, data=fields | {"form": form}, headers={"Origin": origin}))
    across = [
        await site.post(path, data=fields | {"form": form}, headers={"Sec-Fetch-Site": "cross-site"})
        for path, fields in changes(site.ids)
    ]
    large = await site.post("/dead/drop", data={"form": form, "x": "y" * 100_000})
    odd = await site.post("/dead/drop", data=b"--x\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert {403} == {status for status, _, _ in outside + forged + missing + foreign + across}
    assert 413 == large[0]
    assert odd[0] in {400, 403}
    assert "active" == await state(site)
    assert 3 == len(await list_dead(site.store))


async def test_feed(site):
    """
    A feed is paused, resumed and polled now, and its page says what was done.
    """
    await site.log_in()
    page, path = f"/feeds/{site.ids['feed']}", site.store.keys.due("feeds")

    paused = await site.send(f"{page}/pause", page)
    was = await state(site)
    await site.send(f"{page}/resume", page)
    await site.store.redis.zadd(path, {site.ids["feed"]: 9e15})
    await site.send(f"{page}/poll", page)

    assert (303, f"{page}?done=paused") == (paused[0], paused[1]["Location"])
    assert "The feed is paused." in (await site.page(f"{page}?done=paused")).text_content()
    assert ("paused", "active") == (was, await state(site))
    assert (await site.store.redis.zscore(path, site.ids["feed"])) < 8e15
    assert "Resume" in (await site.page(f"/feeds/{site.ids['paused']}")).text_content()


async def test_list_knows_at_once(site):
    """
    A feed that was paused a moment ago is among the paused ones.
    """
    await site.log_in()
    await site.send(f"/feeds/{site.ids['feed']}/pause")

    document = await site.page("/feeds?state=paused")

    assert 2 == len(document.xpath("//tbody/tr"))


async def test_source(site):
    """
    The operator's word on a line is kept.
    """
    await site.log_in()
    page = "/sources/gazette.example"
    document = await site.page(page)
    digest = document.xpath("//tr[td[contains(text(), 'Read more')]]//input[@name='digest']/@value")[0]

    status, fields, _ = await site.send(f"{page}/keep", page, digest=digest)

    source = await read_source(site.store, "gazette.example")
    assert (303, f"{page}?done=kept") == (status, fields["Location"])
    assert "keep" == source.verdicts[bytes.fromhex(digest)]
    assert 404 == (await site.send(f"{page}/drop", page, digest="0" * 16))[0]
    assert 404 == (await site.send(f"{page}/drop", page, digest="no digest"))[0]


async def test_dead(site):
    """
    A dead letter is tried again, one is dropped, and all of one reason.
    """
    await site.log_in()
    one = site.ids["dead"]

    retried = await site.send("/dead/retry", "/dead?reason=status&page=1&done=x", id=one)
    none = await site.send("/dead/retry", "/dead", id=one)
    dropped = await site.send("/dead/drop", "/dead", all="yes", reason="no address")

    left = await list_dead(site.store)
    assert "/dead?reason=status&page=1&done=retried&n=1" == retried[1]["Location"]
    assert "/dead?done=nothing&n=0" == none[1]["Location"]
    assert "/dead?done=dropped&n=1" == dropped[1]["Location"]
    assert ["5 attempts: timeout"] == [letter.reason for letter in left]
    assert await site.store.redis.zscore(site.store.keys.due("entries"), one)


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/x\r\nSet-Cookie: a=b", ""]
)
async def test_back(site, back):
    """
    What a form says of where it stood leads nowhere but here.
    """
    await site.log_in()

    status, fields, _ = await site.send("/dead/retry", back=back, id="0" * 32)

    assert (303, "/dead?done=nothing&n=0") == (status, fields["Location"])


async def test_login(site):
    """
    The token opens a session whose cookie no script reads and no other site sends; logging out ends it.
    """
    wrong = await site.log_in("not-the-token")
    right = await site.log_in(next="/dead?page=1")
    inside = await site.get("/dead")
    out = await site.send("/logout")
    after = await site.get("/dead")

    cookie = right[1]["Set-Cookie"]
    assert (403, True) == (wrong[0], "That is not the token." in wrong[2])
    assert (303, "/dead?page=1") == (right[0], right[1]["Location"])
    assert re.match(rf"{access.COOKIE}=\d+\.[0-9a-f]{{16}}\.[0-9a-f]{{64}};", cookie)
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    assert "Try all 3 again" in inside[2]
    assert 303 == out[0]
    assert "Try all 3 again" not in after[2]


async def test_secure_cookie(site):
    """
    Where the browser came by https, the cookie travels by https only.
    """
    form = await site.form_token("/login")

    _, fields, _ = await site.post(
        "/login", data={"form": form, "token": TOKEN}, headers={"X-Forwarded-Proto": "https"}
    )

    assert "Secure" in fields["Set-Cookie"].split("; ")


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example", "/\\evil", "javascript:alert(1)"])
async def test_following(site, following):
    """
    Logging in leads to no other site.
    """
    _, fields, _ = await site.log_in(next=following)

    assert "/" == fields["Location"]


async def test_login_form_must_be_ours(site):
    """
    The right token in a form that is not ours, or from elsewhere, opens nothing.
    """
    form = await site.form_token("/login")
    forged = await site.post("/login", data={"form": "0.0.0", "token": TOKEN})
    foreign = await site.post("/login", data={"form": form, "token": TOKEN}, headers={"Origin": "https://evil.example"})

    assert [403, 403] == [forged[0], foreign[0]]
    assert "Set-Cookie" not in {*forged[1], *foreign[1]}


@pytest.mark.parametrize("path", ["/", "/feeds", "/articles?q=x", "/search?q=y", "/dead", "/nowhere"])
async def test_private(open_site, path):
    """
    A private desk shows nobody anything before they log in, and then what they asked for.
    """
    site = await open_site(web_token=TOKEN, web_private=True)

    before, fields, text = await site.get(path)
    form = re.search(r'name="form" value="([^"]+)"', (await site.get(fields["Location"]))[2])[1]
    await site.post("/login", data={"form": form, "token": TOKEN})
    after, _, _ = await site.get(path)

    assert (303, "") == (before, text)
    assert fields["Location"].startswith("/login?next=/")
    assert (404 if path == "/nowhere" else 200) == after


@pytest.mark.parametrize(
    ("host", "said", "page", "metrics"),
    [
        ("127.0.0.1", None, 200, 200),
        ("localhost", None, 200, 200),
        ("0.0.0.0", None, 303, 200),
        ("::", None, 303, 200),
        ("0.0.0.0", False, 200, 200),
        ("127.0.0.1", True, 303, 401),
    ],
)
async def test_private_by_default(open_site, host, said, page, metrics):
    """
    Where nothing is said, pages that leave the machine are private; numbers are where it is said.
    """
    site = await open_site(web_token=TOKEN, web_host=host, web_private=said)

    got = [(await site.get(path))[0] for path in ("/", "/metrics")]

    assert [page, metrics] == got


async def test_private_machines(open_site):
    """
    Probes and hubs need no token; whoever scrapes the metrics of a private desk carries it.
    """
    site = await open_site(web_token=TOKEN, web_private=True)

    async def status(path, **headers):
        return (await site.get(path, headers=headers))[0]

    assert [200, 200, 404, 401] == [await status(one) for one in ("/healthz", "/readyz", "/websub/x", "/metrics")]
    assert 200 == await status("/metrics", Authorization=f"Bearer {TOKEN}")
    assert [401, 401, 401] == [
        await status("/metrics", Authorization=said) for said in ("Bearer wrong", f"Basic {TOKEN}", "Bearer")
    ]
    assert 403 == (await (await open_site(web_private=True)).get("/"))[0]
    assert 401 == (await (await open_site(web_private=True)).get("/metrics", headers={"Authorization": "Bearer "}))[0]


async def test_too_many_tries(open_site, monkeypatch):
    """
    Of many who try tokens at once most are sent away before theirs is looked at.
    """
    monkeypatch.setattr(access, "MAX_WAITING", 0)
    site = await open_site(web_token=TOKEN)

    status, fields, _ = await site.log_in()

    assert 429 == status
    assert "Set-Cookie" not in fields


async def test_each_miss_waits_longer(settings, monkeypatch):
    """
    A wrong token is answered after a pause that grows with each, up to a bound, and is forgiven in time.
    """
    now, pauses = [1000.0], []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(access, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(access.asyncio, "sleep", sleep)
    door = access.Access(type(settings)(_env_file=None, web_token=TOKEN), lambda: now[0])
    for _ in range(12):
        assert await door.admits("wrong") is False
    now[0] += access.FORGIVEN_AFTER + 1
    assert await door.admits("wrong") is False

    assert await door.admits(TOKEN) is True
    assert [0.5, 0.75] == pauses[:2]
    assert [access.MAX_PAUSE, 0.5] == pauses[-2:]


def test_sessions_end(settings):
    """
    A session ends with its time and with its token, and is none for another purpose.
    """
    now = [1000.0]
    door, other = (
        access.Access(type(settings)(_env_file=None, web_token=token), lambda: now[0]) for token in (TOKEN, TOKEN + "x")
    )
    session = door.seal("session", 60)

    assert door.is_sealed("session", session)
    assert not other.is_sealed("session", session)
    assert not door.is_sealed("login", session)
    assert not door.is_sealed("session", session.replace(session[:4], "9999", 1))
    now[0] += 60
    assert not door.is_sealed("session", session)
