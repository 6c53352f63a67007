"""What passes between a child and its parent."""

from multiprocessing.reduction import ForkingPickler

from pebble.common.types import Result, ResultStatus

import ingest.sandbox.forks  # noqa: F401 - the pickler learns here how a status travels
from ingest.sandbox.child import Done, read_message


def test_status_travels_without_getattr(monkeypatch):
    """
    A status is written as its class and value also by Pythons whose enums pickle themselves as a call of getattr.
    """
    monkeypatch.setattr(ResultStatus, "__reduce_ex__", lambda self, _: (getattr, (type(self), self.name)))
    sent = Result(ResultStatus.FAILURE, Done(result=b"x"))

    got = read_message(bytes(ForkingPickler.dumps(sent)))

    assert (ResultStatus.FAILURE, Done(result=b"x")) == (got.status, got.value)
