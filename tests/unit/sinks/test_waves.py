"""What goes out together, and what need not go out again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.sinks.waves import Tally, waves
from tests.brokers import parcel


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
def test_waves(subjects, most):
    """
    Waves hold all parcels in their order, are as long as may be, and none holds two of one subject.
    """
    parcels = [parcel(number, subject=f"article-{subject}") for number, subject in enumerate(subjects)]

    got = list(waves(parcels, most))

    assert parcels == [one for wave in got for one in wave]
    assert all(len(wave) == len({one.subject for one in wave}) <= most for wave in got)
    for wave, following in pairwise(got):
        assert len(wave) == most or following[0].subject in {one.subject for one in wave}


def test_tally():
    """
    What is confirmed of a batch is not sent again with it; it is with another one, and when the batch is through.
    """
    tally = Tally()
    one, two, three = (parcel(number) for number in range(3))
    tally.confirm(one.id)

    assert (two,) == tally.rest([one, two])
    assert (two, three) == tally.rest([two, three])
    assert (one,) == tally.rest([one])
    tally.confirm(one.id)
    tally.close()
    assert (one,) == tally.rest([one])
