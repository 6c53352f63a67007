"""Tasks that end in every way a task can; children import this in place of the product's tasks."""

import ctypes
import os
import re
import resource
import signal
import time
from pathlib import Path

from ingest.errors import FeedError


class UnpicklableError(Exception):
    """Like lxml's errors, it holds something that cannot cross a process boundary."""

    def __init__(self):
        super().__init__("holds a lock")
        self.inside = lambda: None


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Text(str):
    """Like lxml's strings, a type the parent must not have to import."""

    __slots__ = ()


def echo(value):
    return value


def raise_it(what):
    raise {
        "value": ValueError("x" * 1000),
        "exit": SystemExit(3),
        "interrupt": KeyboardInterrupt(),
        "unpicklable": UnpicklableError(),
        "unspeakable": UnspeakableError(),
        "feed": FeedError("html", "a page"),
        "memory": MemoryError(),
    }[what]


def spin():
    while True:
        pass


def backtrack():
    """Hang in C: 2**60 ways to fail."""
    return re.match(r"(a+)+$", "a" * 60 + "b")


def announce_and_spin(folder):
    """Create an empty file with this process's number for a name (no byte may be written), then hang."""
    (Path(folder) / str(os.getpid())).touch()
    spin()


def announce_and_wait(folder):
    """Announce, then come back when the file is gone."""
    mark = Path(folder) / str(os.getpid())
    mark.touch()
    while mark.exists():
        time.sleep(0.01)
    return "undisturbed"


def segfault():
    ctypes.string_at(0)


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def use_up_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
    spin()


def hog():
    return len(bytearray(1 << 40))


def hoard():
    """Eat memory in small pieces until there is no more."""
    pieces = []
    while True:
        pieces.append(bytearray(1 << 20))


def inside():
    """What this process looks like from inside."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "environment": dict(os.environ),
        "limits": {
            name: resource.getrlimit(getattr(resource, name))
            for name in ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
        },
        "cpu": (time.process_time(), resource.getrlimit(resource.RLIMIT_CPU)[0]),
        "no_new_privs": status["NoNewPrivs"],
        "ignored": int(status["SigIgn"], 16),
        "sockets": sum(1 for fd in Path("/proc/self/fd").iterdir() if _target(fd).startswith("socket:")),
    }


def write(path):
    with Path(path).open("wb", buffering=0) as file:
        return file.write(b"x")


def _target(fd):
    try:
        return str(fd.readlink())
    except FileNotFoundError:  # the descriptor that listed the folder
        return ""


TASKS = {
    "echo": echo,
    "pid": os.getpid,
    "raise": raise_it,
    "spin": spin,
    "backtrack": backtrack,
    "announce_and_spin": announce_and_spin,
    "announce_and_wait": announce_and_wait,
    "exit": os._exit,
    "segfault": segfault,
    "kill_self": kill_self,
    "use_up_cpu": use_up_cpu,
    "hog": hog,
    "hoard": hoard,
    "inside": inside,
    "write": write,
    "big": lambda: b"x" * 20_000_001,
    "stray": lambda: Text("x"),
}
