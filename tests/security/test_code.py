"""S44, S45: nothing that comes from outside is ever run, and what we run is what we chose."""

from __future__ import annotations

import ast
import builtins
import pickle
import re
from datetime import timedelta

import pytest

from ingest.errors import SandboxError
from ingest.models import Validators
from ingest.sandbox.child import read_message, read_result
from ingest.sandbox.pool import Sandbox
from tests.e2e.fleet import ROOT
from tests.security.hostile_tasks import MARK, Trap

TASKS = "tests.security.hostile_tasks"
#: Modules and names that turn data into code.
RUNNERS = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "yaml", "jsonpickle", "joblib", "xmlrpc"}
CALLS = {"eval", "exec", "compile", "__import__", "system", "popen"}
#: The sandbox talks to its children in pickles, read by ``_Values`` only.
PICKLERS = {"ingest/sandbox/child.py", "ingest/sandbox/forks.py", "ingest/sandbox/pool.py"}


def named(module: str, name: str) -> bytes:
    """A pickle of whatever a module calls so."""
    return b"\x80\x04c" + f"{module}\n{name}\n".encode() + b"."


@pytest.mark.parametrize("read", [read_result, read_message])
@pytest.mark.parametrize(
    "forged",
    [
        pickle.dumps(Trap()),
        named("os", "system"),
        named("builtins", "eval"),
        named("builtins", "getattr"),
        named("ingest.models", "__builtins__"),
        named("ingest.models", "dataclass"),
        named("ingest.models", "Literal"),
        named("ingest.models", "Validators.__init__.__globals__"),
        named("datetime", "sys"),
        named("ingest.errors", "annotations"),
        named("pebble.pool.process", "os"),
        named("pebble.common.types", "RemoteException"),
        b"",
        b"junk",
        b"\x80\x05\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        named("ingest.models", "Validators")[:-1] + b"(U\x01xtb.",
    ],
)
def test_forged_pickles(read, forged):
    """
    S44: of a pickle that somebody forged nothing is looked up but our own values' classes, and it ends in one error.
    """
    with pytest.raises(pickle.UnpicklingError):
        read(forged)


def test_our_own_pickles():
    """
    S44: what the sandbox does send is read back.
    """
    assert Validators(etag="x") == read_result(pickle.dumps(Validators(etag="x")))


@pytest.mark.parametrize(("task", "failures"), [("forge", {"crashed"}), ("trap", {"failed"})])
async def test_taken_child(task, failures):
    """
    S44: a child that was taken over cannot make its parent run code, by its pipe or by its result, and is replaced.
    """
    async with Sandbox(1, timedelta(seconds=5), 400 * 1024 * 1024, tasks_module=TASKS) as sandbox:
        with pytest.raises(SandboxError) as caught:
            await sandbox.run(task)
        after = await sandbox.run("echo", "still here")

    assert not hasattr(builtins, MARK)
    assert caught.value.failure in failures
    assert "still here" == after


def test_no_runners():
    """
    S44: no other module of ours knows a way to turn data into code.
    """
    found = set()
    for path in [*(ROOT / "ingest").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(name, one.name) for one in node.names if one.name.partition(".")[0] in RUNNERS}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in RUNNERS:
                found.add((name, node.module))
            elif isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                called = called or (f"os.{node.func.attr}" if _is_of_os(node.func) else "")
                found |= {(name, called)} if called.removeprefix("os.") in CALLS else set()

    assert {(name, "pickle") for name in PICKLERS} == found


def _is_of_os(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "os"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pinned(name):
    """
    S45: everything that is installed is one version with its digests, so that nobody can slip another in.
    """
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert packages
    assert [] == [line for line in packages if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)]
