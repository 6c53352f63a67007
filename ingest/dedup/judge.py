"""Which cluster an article belongs to."""

from __future__ import annotations

from ingest.models import Cluster


def cluster_for(article_id: str, head_id: str | None) -> Cluster:
    """The cluster of an article whose text ``head_id`` had first; without a head it is the head of its own."""
    if head_id is None or head_id == article_id:
        return Cluster(id=article_id, role="head", head_id=article_id)
    return Cluster(id=head_id, role="copy", head_id=head_id)
