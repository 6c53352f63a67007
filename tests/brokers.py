"""
Real brokers of a test's own: RabbitMQ from Debian, NATS from its wheel, Kafka as librdkafka's mock cluster.

Each has its own ports and folder, runs as whoever runs the tests, and may be killed, frozen and started again.
Locally a broker that is not installed skips its tests; where CI is set, it fails them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aio_pika
import confluent_kafka
import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from ingest.sinks.sink import Parcel
from tests.ports import free_port

#: Of the accounts that the brokers are given.
PASSWORD = "quayside-7731"
#: What the RabbitMQ of the tests takes at most.
RABBIT_MAX_BYTES = 262_144
KAFKA_TOPIC = "copydesk.articles"

_RABBIT_HOMES = Path("/usr/lib/rabbitmq/lib")
_START_SECONDS = 120
_ROOT = Path(__file__).parents[1]


class Engine(Protocol):
    """A broker process."""

    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...
    async def ids(self) -> list[str]: ...


def missing(what: str) -> None:
    """Skip the test, or fail it where everything should be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed, and CI is set")
    pytest.skip(f"{what} is not installed")


def parcel(
    number: int, *, data: bytes = b"", subject: str = "", domain: str = "gazette.example", type_: str = "published"
) -> Parcel:
    """An event of our own making."""
    article = subject or f"article-{number:05d}"
    type_ = f"article.{type_}.v1"
    id_ = f"event-{number:05d}"
    return Parcel(
        id=id_,
        type=type_,
        subject=article,
        source_domain=domain,
        attributes={
            "specversion": "1.0",
            "id": id_,
            "source": "https://desk.example/",
            "type": type_,
            "time": "2026-03-01T12:00:00Z",
            "subject": article,
            "datacontenttype": "application/json",
        },
        data=data or f'{{"id": "{article}", "title": "Quay {number} reopens"}}'.encode(),
    )


@dataclass
class _Process:
    """Something started by us, in a group of its own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str, environment: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                **{"stdout": log} | options,
            )

    def signal(self, number: int) -> None:
        assert self.process
        os.killpg(self.process.pid, number)

    def freeze(self) -> None:
        """Returns when every thread stands still; some would have answered a little longer."""
        self.signal(signal.SIGSTOP)
        assert self.process
        tasks = Path(f"/proc/{self.process.pid}/task")
        for _ in range(2000):
            states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()]
            if set(states) == {"T"}:
                return
            time.sleep(0.005)
        raise AssertionError(f"it does not stand still: {states}")

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
            self.process = None

    def close(self) -> None:
        self.kill()

    def wait_for(self, port: int, hello: bytes, greeting: bytes) -> None:
        """Until the broker greets who comes in."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            assert self.process
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
                line.settimeout(2)
                line.sendall(hello)
                if line.recv(256).startswith(greeting):
                    return
            time.sleep(0.05)
        raise AssertionError(f"it does not start: {(self.folder / 'log').read_text()[-2000:]}")


@dataclass
class Rabbit(_Process):
    """A RabbitMQ node with a name, a cookie, a data folder and a port mapper of its own."""

    port: int = field(default_factory=free_port)
    _mapper_port: int = field(default_factory=free_port)
    _dist_port: int = field(default_factory=free_port)
    _mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """The node itself, without the start scripts: those spend 4 of 7 s looking through plugins nobody asked for."""
        homes = sorted(_RABBIT_HOMES.glob("rabbitmq_server-*"))
        if not homes or not shutil.which("erl"):
            missing("rabbitmq-server")
        environment = self._environment(homes[-1])
        if self._mapper is None:
            self._mapper = self.run("epmd", "-port", str(self._mapper_port), environment=environment)
        # Spinning schedulers would take the cores away from the tests.
        calm = ("+W", "w", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none")
        quiet = ("-syslog", "logger", "[]", "-kernel", "prevent_overlapping_partitions", "false")
        self.process = self.run(
            "erl", "-noinput", "-s", "rabbit", "boot", "-boot", "start_sasl", *calm, *quiet, environment=environment
        )
        self.wait_for(self.port, b"AMQP\0\0\x09\x01", b"\x01")

    def close(self) -> None:
        self.kill()
        if self._mapper:
            self._mapper.kill()
            self._mapper.wait()

    async def ids(self, queue: str = "copydesk.articles") -> list[str]:
        """What lies in the queue, oldest first; it lies there no more."""
        return [row.message_id or "" for row in await self.rows(queue)]

    async def rows(self, queue: str = "copydesk.articles") -> list[aio_pika.abc.AbstractIncomingMessage]:
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=1000)
            opened = await channel.declare_queue(queue, passive=True)
            count, rows = opened.declaration_result.message_count or 0, []
            if count:
                async with opened.iterator() as messages:
                    async for message in messages:
                        rows.append(message)
                        await message.ack()
                        if len(rows) == count:
                            break
            return rows

    def _environment(self, home: Path) -> dict[str, str]:
        folder, plugins = self.folder, self.folder / "plugins"
        plugins.mkdir(exist_ok=True)
        for plugin in (home / "plugins").iterdir():
            link = plugins / plugin.name
            if plugin.is_dir() and not link.exists() and not re.match(r"rabbitmq_(?!prelaunch)", plugin.name):
                link.symlink_to(plugin)
        (folder / "rabbitmq.conf").write_text(
            f"max_message_size = {RABBIT_MAX_BYTES}\nlog.console = true\nlog.console.level = warning\n"
        )
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_LIBS": str(plugins),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_HOME": str(home),
            "RABBITMQ_NODENAME": f"copydesk{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PLUGINS_DIR": str(plugins),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }


@dataclass
class Nats(_Process):
    """A NATS server with JetStream, and an account with a password."""

    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"nats://copydesk:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self, *arguments: str, has_account: bool = True) -> None:
        program = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        if program is None:
            missing("nats-server")
        command = (str(program), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder / "store"))
        account = ("--user", "copydesk", "--pass", PASSWORD) if has_account else ()
        self.process = self.run(*command, *account, *arguments)
        self.wait_for(self.port, b"", b"INFO ")

    async def ids(self, stream: str = "copydesk_articles") -> list[str]:
        """What the stream holds, oldest first."""
        return [row.headers["Nats-Msg-Id"] for row in await self.rows(stream)]

    async def rows(self, stream: str = "copydesk_articles") -> list[Any]:
        client = await nats.connect(self.url)
        try:
            jetstream = client.jetstream()
            count = (await jetstream.stream_info(stream)).state.messages
            reader = await jetstream.pull_subscribe("", stream=stream, config=ConsumerConfig(ack_policy=AckPolicy.NONE))
            rows: list[Any] = []
            while len(rows) < count:
                rows += await reader.fetch(min(1000, count - len(rows)), timeout=10)
            return rows
        finally:
            await client.close()


@dataclass
class Kafka(_Process):
    """Three mock brokers in a child process: what they hold is lost with it, but it can be frozen."""

    hosts: str = ""

    @property
    def url(self) -> str:
        return f"kafka://{self.hosts}/{KAFKA_TOPIC}"

    def start(self) -> None:
        paths = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
        self.process = self.run(
            *(sys.executable, "-m", "tests.brokers"),
            environment={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        self.hosts = self.process.stdout.readline().decode().strip()
        assert self.hosts, (self.folder / "log").read_text()

    async def ids(self, topic: str = KAFKA_TOPIC) -> list[str]:
        rows = await asyncio.to_thread(self.rows, topic)
        return [dict(row.headers())["ce_id"].decode() for row in rows]

    def rows(self, topic: str = KAFKA_TOPIC) -> list[confluent_kafka.Message]:
        """What the topic holds, partition after partition."""
        reader = confluent_kafka.Consumer(
            {"bootstrap.servers": self.hosts, "group.id": "test", "enable.auto.commit": False, "log_level": 0}
        )
        try:
            partitions = reader.list_topics(topic, timeout=10).topics[topic].partitions
            spans = {
                number: reader.get_watermark_offsets(confluent_kafka.TopicPartition(topic, number), timeout=10)
                for number in partitions
            }
            reader.assign([confluent_kafka.TopicPartition(topic, number, low) for number, (low, _) in spans.items()])
            count, rows = sum(high - low for low, high in spans.values()), []
            while len(rows) < count:
                found = reader.consume(count - len(rows), timeout=1)
                rows += [row for row in found if row.error() is None]
            return sorted(rows, key=lambda row: (row.partition() or 0, row.offset() or 0))
        finally:
            reader.close()


def _mock_cluster() -> None:
    """Say where the brokers are, and live until killed."""
    cluster = confluent_kafka.Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "", "log_level": 0})
    brokers = cluster.list_topics(timeout=30).brokers.values()
    print(",".join(f"{broker.host}:{broker.port}" for broker in brokers), flush=True)
    while True:
        cluster.poll(60)


if __name__ == "__main__":
    _mock_cluster()
