"""First polls of many feeds."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.polling.spread import first_pauses


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 5000), st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_first_pauses(count, interval):
    """
    The first comes at once, all come in order, and the last before a second a feed and before the interval is over.
    """
    got = first_pauses(count, interval)

    assert count == len(got)
    assert sorted(got) == got
    assert all(pause <= min(timedelta(seconds=count), interval) for pause in got)
    assert not got or got[0] == timedelta(0)
