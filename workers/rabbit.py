"""
RabbitMQ as what carries claims to the workers (COPYDESK_BROKER_URL), instead of lists in the store.

It takes that traffic from the store's one thread, and gives a dead worker's messages to another at once, because it
sees the connection end. The due-sets stay the truth: a RabbitMQ that forgets everything costs one lease of time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from ingest.errors import SettingsError, StoreError
from ingest.settings import Settings

#: pika's connections belong to the thread that opened them, and are kept alive by being used: the scheduler's ticks,
#: one after the other in this thread, do that every second.
THREAD = ThreadPoolExecutor(1, thread_name_prefix="rabbitmq")
#: Where dramatiq keeps its side of it; imported only where it is asked for, because it needs pika.
_MODULE = "dramatiq.brokers.rabbitmq"
#: Seconds for a connection to come about, and of silence after which either side takes the other for dead.
_PATIENCE = {"connection_attempts": "1", "socket_timeout": "5", "blocked_connection_timeout": "10", "heartbeat": "30"}


def make_rabbit_broker(settings: Settings) -> Any:
    """
    The broker; it connects on first use.

    Raises:
        SettingsError: pika is not installed, or the address makes no sense.
    """
    try:
        module = import_module(_MODULE)
    except ImportError as error:
        raise SettingsError("COPYDESK_BROKER_URL needs: pip install 'copydesk[rabbitmq]'") from error
    url = settings.broker_url.get_secret_value()
    options = "&".join(f"{name}={value}" for name, value in _PATIENCE.items() if f"{name}=" not in url)
    try:
        # Without confirms an enqueue is one packet; what is lost is claimed again when its lease ends.
        return module.RabbitmqBroker(url=f"{url}{'&' if '?' in url else '?'}{options}", middleware=[])
    except (ValueError, TypeError) as error:
        # pika's own sentence may quote a part of the address.
        raise SettingsError("COPYDESK_BROKER_URL is no amqp:// or amqps:// address that pika can read") from error


def count_messages(broker: Any, queue: str) -> int:
    """
    Messages of a queue that no worker has taken yet; to be called in ``THREAD``.

    Raises:
        StoreError: RabbitMQ is away.
    """
    errors = import_module("pika.exceptions")
    try:
        return int(broker.get_queue_message_counts(queue)[0])
    except (errors.AMQPError, OSError) as error:
        # dramatiq would hold on to the dead connection.
        del broker.connection
        raise StoreError(f"RabbitMQ is away: {type(error).__name__}") from None
