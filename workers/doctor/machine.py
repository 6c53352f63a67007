"""The machine: Python and its packages, files, disk and ports."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from pathlib import Path

from ingest.settings import Settings
from workers.actors import BATCH
from workers.doctor.finding import Finding, fine, problem, warning

OLDEST_PYTHON = (3, 11)
#: Modules with a compiled part: a wheel of another platform installs, but does not load.
_COMPILED = ("lxml.etree", "orjson", "aiohttp", "brotli", "hiredis", "uvloop", "pydantic_core")
#: Free bytes below which the embedded store's disk is nearly full, and those with which nothing works for long.
_LITTLE_DISK, _NO_DISK = 5_000_000_000, 500_000_000
#: Descriptors a worker needs beside its connections: sandbox pipes, logs, epoll, DNS.
_SPARE_FILES = 100
_PROBE_SECONDS = 3.0


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Everything here that needs no store and no network."""
    yield python()
    yield packages()
    yield open_files(settings)
    yield disk(settings)
    yield web_port(settings)


def python() -> Finding:
    """Whether this Python is new enough."""
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= OLDEST_PYTHON:
        return fine("python", found)
    return problem("python", found, why="copydesk needs 3.11 or newer", todo="make clean; make PYTHON=python3.11 run")


def packages() -> Finding:
    """Whether the compiled packages are there and load."""
    missing = []
    for name in _COMPILED:
        try:
            import_module(name)
        except ImportError as error:
            missing.append(f"{name} ({error})")
    if not missing:
        return fine("packages", f"the {len(_COMPILED)} compiled ones load")
    return problem(
        "packages",
        f"do not load: {', '.join(missing)}",
        why="without them copydesk does not start, or polls at a fraction of its speed",
        todo="pip install --require-hashes -r requirements.txt, on the platform it runs on",
    )


def open_files(settings: Settings) -> Finding:
    """Whether a worker may open as many files as its settings call for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.worker_threads * max(BATCH.values()) + settings.redis_connections + _SPARE_FILES
    if soft in (resource.RLIM_INFINITY, -1) or soft >= needed:
        return fine("open-files", f"ulimit -n {soft}, at most {needed} needed by a worker")
    return problem(
        "open-files",
        f"ulimit -n {soft}, but a worker may need {needed}",
        why="polls and fetches end in errors once no more connections can be opened",
        todo=f"ulimit -n {max(4096, needed)} before the start (LimitNOFILE= in a systemd unit), or fewer "
        "COPYDESK_WORKER_THREADS",
    )


def disk(settings: Settings) -> Finding:
    """Whether there is room for what we keep on this machine."""
    folder = _there(settings.data)
    free = shutil.disk_usage(folder).free
    what = f"{free / 1e9:.1f} GB free for {settings.data}"
    if not settings.redis_url and not os.access(folder, os.W_OK):
        return problem(
            "disk",
            f"{folder} cannot be written by this user",
            why="the embedded store keeps its files there",
            todo=f"chown it, or set COPYDESK_DATA to a folder of yours (now {settings.data})",
        )
    if settings.redis_url or free >= _LITTLE_DISK:
        return fine("disk", what)
    todo = "free some, set COPYDESK_DATA to another disk, or shorten COPYDESK_STREAM_KEEP and COPYDESK_MEMORY"
    why = "the embedded store refuses writes when its disk is full, and nothing is published then"
    found = problem if free < _NO_DISK else warning
    return found("disk", what, why=why, todo=todo)


def web_port(settings: Settings) -> Finding:
    """Whether the status pages can have their port, or have it already."""
    host, port = settings.web_host, settings.web_port
    place = f"{host}:{port}"
    if not port:
        return fine("web-port", "any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if _is_ours(host, port):
            return fine("web-port", f"copydesk's status pages answer at {place}")
        return problem(
            "web-port",
            f"{place}: {error.strerror or error}",
            why="the process web cannot start",
            todo="end whatever has it, or set COPYDESK_WEB_PORT (on Heroku PORT is set) and COPYDESK_WEB_HOST",
        )
    return fine("web-port", f"{place} is free")


def _is_ours(host: str, port: int) -> bool:
    asked = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - asked, not bound
    line = HTTPConnection(asked, port, timeout=_PROBE_SECONDS)
    try:
        line.request("GET", "/healthz")
        answer = line.getresponse()
        return answer.status == HTTPStatus.OK and b'"status"' in answer.read(200)
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that there is."""
    found = folder.absolute()
    while not found.exists():
        found = found.parent
    return found
