"""Tasks of a child that somebody has taken over; children import this in place of the product's tasks."""

import gc
import os
import pickle

from pebble.pool.channel import WorkerChannel

#: What whoever believed such a child would have run; a child would only hurt itself with it.
MARK = "copydesk_was_taken_over"


class Trap:
    """Pickles to a call: ``exec`` in whatever process unpickles it."""

    def __reduce__(self):
        return exec, (f"import builtins; builtins.{MARK} = True",)


def forge():
    """Write a pickle of one's own into the pipe that pebble reads answers from, and be quiet."""
    for channel in [found for found in gc.get_objects() if isinstance(found, WorkerChannel)]:
        channel.writer.send_bytes(pickle.dumps(Trap()))
    while True:
        pass


TASKS = {"echo": lambda value: value, "trap": Trap, "forge": forge, "pid": os.getpid}
