"""A store of a test's own, which it may start late, starve, kill and start again."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError
from redis.retry import Retry

from ingest.store.embedded import answers, find_program


def patient_client(url: str) -> redis.Redis:
    """A client that waits for a store which was killed, and which reads its log for a while before it answers."""
    patience = Retry(ExponentialBackoff(cap=1, base=0.05), 30)
    return redis.Redis.from_url(url, socket_timeout=10, retry=patience, retry_on_error=[BusyLoadingError])


@dataclass
class Server:
    """A real server with its append-only file; the arguments are the server's."""

    folder: Path
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        command = [find_program(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        # Each command is written at once. With "everysec" a write waits while the disk is slow to sync the one before,
        # so that a kill on a busy machine takes what was acknowledged with it.
        durable = ["--save", "", "--appendonly", "yes", "--appendfsync", "no"]
        self.process = subprocess.Popen([*command, *durable, *self.arguments], stdout=subprocess.DEVNULL)
        for _ in range(2000):
            if answers(self.socket):
                return
            time.sleep(0.005)
        raise AssertionError("the server does not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
