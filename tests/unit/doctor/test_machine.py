"""The machine: Python and its packages, files, disk and ports."""

import resource
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from workers.doctor import machine


def test_this_machine(settings):
    """
    Where the tests run, nothing is wrong with Python, packages and disk.
    """
    got = {one.check: one.level for one in machine.examine_machine(settings.model_copy(update={"web_port": 0}))}

    assert dict.fromkeys(("python", "packages", "open-files", "disk", "web-port"), "ok") == got


def test_old_python(monkeypatch):
    """
    A Python that is too old is a problem.
    """
    monkeypatch.setattr(machine, "OLDEST_PYTHON", (9, 0))

    assert "problem" == machine.python().level


def test_a_package_that_does_not_load(monkeypatch):
    """
    A package that is not there is named.
    """
    monkeypatch.setattr(machine, "_COMPILED", ("lxml.etree", "no_such_wheel"))

    got = machine.packages()

    assert ("problem", True, False) == (got.level, "no_such_wheel" in got.what, "lxml" in got.what)


def test_few_open_files(settings):
    """
    Settings that call for more files than a process may open are a problem, with the number to set.
    """
    many = settings.model_copy(update={"worker_threads": 256, "redis_connections": 1000})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        got = machine.open_files(many), machine.open_files(settings)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (["problem", "ok"], True) == ([one.level for one in got], "ulimit -n 5196" in got[0].todo)


@pytest.mark.parametrize(
    ("free", "is_ours", "level"),
    [(10**12, True, "ok"), (10**9, True, "warning"), (10**8, True, "problem"), (10**8, False, "ok")],
)
def test_disk(settings, monkeypatch, free, is_ours, level):
    """
    Little room is a matter only where the store is on this disk.
    """
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    changed = settings.model_copy(update={"redis_url": ""}) if is_ours else settings

    assert level == machine.disk(changed).level


@pytest.mark.parametrize(("is_ours", "level"), [(True, "problem"), (False, "ok")])
def test_disk_that_cannot_be_written(settings, monkeypatch, is_ours, level):
    """
    A folder that this user cannot write is a problem only where the store is on this disk.
    """
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    changed = settings.model_copy(update={"redis_url": ""}) if is_ours else settings

    assert level == machine.disk(changed).level


def test_a_port_that_is_taken(settings, monkeypatch):
    """
    Another program on the port of the status pages is a problem.
    """
    monkeypatch.setattr(machine, "_PROBE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = settings.model_copy(update={"web_port": other.getsockname()[1]})
        got = machine.web_port(taken)

    assert "problem" == got.level


def test_a_port_that_is_ours(settings):
    """
    The status pages that are running already are none.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "ok"}')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        got = machine.web_port(settings.model_copy(update={"web_port": server.server_port}))
        thread.join()

    assert ("ok", True) == (got.level, "answer" in got.what)
