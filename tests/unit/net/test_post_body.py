"""Bodies that are posted: once, with their fields, where a GET may go."""

import asyncio

import pytest

from ingest.errors import FetchError


async def read_all(site, target):
    """Serve one POST whole; its body."""
    bodies = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        site.requests.append(head)
        (length,) = site.field("Content-Length")
        bodies.append(await reader.readexactly(int(length)))
        writer.write(site.reply(200, b"thanks"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{target}", bodies


async def test_post_body(client, site):
    """
    The body goes out byte for byte under the fields that came with it, ours beside them, and the answer comes back.
    """
    server, url, bodies = await read_all(site, "/hook?a=b")
    body = b'{"text":"\xc3\xa9"}' * 10_000

    got = await client.post_body(url, body, {"Content-Type": "application/json", "ce-id": "a%20b"})
    server.close()

    assert (200, b"thanks", [body]) == (got.status, got.body, bodies)
    assert [b"POST /hook?a=b HTTP/1.1"] == [request.split(b"\r\n")[0] for request in site.requests]
    names = ("Content-Type", "ce-id", "Accept-Encoding")
    assert [[b"application/json"], [b"a%20b"], [b"identity"]] == [site.field(name) for name in names]
    assert site.field("User-Agent")[0].startswith(b"copydesk/")


async def test_post_body_is_not_redirected(client, site):
    """
    A body is not sent on: where to is the answer's to say, and its sender's to decide.
    """
    site.pages["/hook"] = site.reply(308, b"", [("Location", "/elsewhere")])

    got = await client.post_body(site.url("/hook"), b"", {})

    assert (308, ["/hook"]) == (got.status, site.targets)


async def test_post_body_is_guarded(new_client):
    """
    A body goes where a GET may go and nowhere else.
    """
    client = await new_client(allowed_networks=(), allowed_ports=())

    with pytest.raises(FetchError) as caught:
        await client.post_body("http://127.0.0.1:9/hook", b"x", {})

    assert "blocked-address" == caught.value.failure


async def test_connections(new_client, site):
    """
    As many requests to one host are under way as its client may have connections there.
    """
    client = await new_client(connections_per_host=3)
    under_way, most, let_go = 0, [], asyncio.Event()

    async def hold(writer):
        nonlocal under_way
        under_way += 1
        most.append(under_way)
        if under_way == 3:
            let_go.set()
        await let_go.wait()
        under_way -= 1
        writer.write(site.reply(204))
        await writer.drain()

    site.pages["/hook"] = hold
    async with asyncio.timeout(20):
        await asyncio.gather(*(client.post_body(site.url("/hook"), b"", {}) for _ in range(6)))

    assert 3 == max(most)
