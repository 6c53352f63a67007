import pytest

from ingest.dedup.judge import cluster_for
from ingest.models import Cluster


@pytest.mark.parametrize(
    ("head_id", "expected"),
    [
        (None, Cluster(id="a", role="head", head_id="a")),
        ("a", Cluster(id="a", role="head", head_id="a")),
        ("b", Cluster(id="b", role="copy", head_id="b")),
    ],
)
def test_cluster(head_id, expected):
    """
    An article is the copy of the article that had its text first, or else a head.
    """
    assert expected == cluster_for("a", head_id)
