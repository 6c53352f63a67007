"""The reader of our manifests, held against what it must and must not understand."""

import pytest

from tests.deploy.plain_yaml import documents

TEXT = """# A comment
a: 1
b:
  - x
  - name: "y: z"
    on: true
    list: [p, "q, r", 3]
  - cidr: ::/0
c: {}
d:
---
e: f
"""


def test_documents():
    """
    Mappings, lists, flow lists and scalars come out as they are meant.
    """
    first = {
        "a": 1,
        "b": ["x", {"name": "y: z", "on": True, "list": ["p", "q, r", 3]}, {"cidr": "::/0"}],
        "c": {},
        "d": None,
    }

    assert [first, {"e": "f"}] == documents(TEXT)


@pytest.mark.parametrize("text", ["a: &x 1", "a: |\n  b", "a: 1\na: 2", "a: b: c", "a: 1\n   b: 2", "just words"])
def test_what_is_not_plain(text):
    """
    What it does not understand it refuses.
    """
    with pytest.raises(AssertionError):
        documents(text)
