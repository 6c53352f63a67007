"""The lead image with its caption and credit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Image
from ingest.pages.metadata import read_metadata
from ingest.pages.picture import split_credit

BASE = "https://tidewater.example"


def lead(head: str = "", body: str = "", **fields: object) -> Image | None:
    node = json.dumps({"@type": "Article", **fields})
    html = f'<html><head>{head}<script type="application/ld+json">{node}</script></head><body>{body}</body></html>'
    return read_metadata(html, f"{BASE}/harbour").image


OG = "<meta property=og:image content=/quay-1200x630.jpg>"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("/a.jpg", Image(url=f"{BASE}/a.jpg")),
        (["/a.jpg", "/b.jpg"], Image(url=f"{BASE}/a.jpg")),
        ({"url": "/a.jpg"}, Image(url=f"{BASE}/a.jpg")),
        ({"@type": "ImageObject", "contentUrl": "/a.jpg"}, Image(url=f"{BASE}/a.jpg")),
        ({"@id": "https://tidewater.example/a.jpg"}, Image(url=f"{BASE}/a.jpg")),
        ({"url": ["/a.jpg"], "caption": "The <b>quay</b>"}, Image(url=f"{BASE}/a.jpg", caption="The quay")),
        ({"url": "/a.jpg", "creditText": "Photo: Ana Gull"}, Image(url=f"{BASE}/a.jpg", credit="Ana Gull")),
        ({"url": "/a.jpg", "copyrightHolder": {"name": "Ana Gull"}}, Image(url=f"{BASE}/a.jpg", credit="Ana Gull")),
        ({"url": "/a.jpg", "author": "Ana Gull"}, Image(url=f"{BASE}/a.jpg", credit="Ana Gull")),
        (
            {"url": "/a.jpg", "caption": "The quay. Photo: Ana Gull"},
            Image(url=f"{BASE}/a.jpg", caption="The quay.", credit="Ana Gull"),
        ),
        ({"@id": "#picture"}, None),
        ({"url": "javascript:x"}, None),
        ({}, None),
        (7, None),
    ],
)
def test_described(image, expected):
    """
    JSON-LD's picture is an address, an object or a list of either; its caption and credit come with it.
    """
    assert expected == lead(image=image)


def figure(source: str, caption: str) -> str:
    return f"<figure><img src='{source}'><figcaption>{caption}</figcaption></figure>"


def test_same_figure():
    """
    The caption comes from the figure with the same picture, whatever its size, and from no other.
    """
    body = figure("/gull.jpg", "A gull") + figure("/quay-640x400.jpg?w=2", "The quay on Monday. (Photo: Kim Tern)")

    expected = Image(url=f"{BASE}/quay-1200x630.jpg", caption="The quay on Monday.", credit="Kim Tern")
    assert expected == lead(OG, body)
    assert Image(url=f"{BASE}/quay-1200x630.jpg") == lead(OG, figure("/gull.jpg", "A gull"))


def test_first_figure():
    """
    Where nothing is claimed, the first figure outside the margins leads, with what it says.
    """
    caption = "<p>The quay</p> <span class='photo-credit'>Photograph: Ana Gull/Tidewater</span>"
    body = f"<aside>{figure('/ad.jpg', 'Ad')}</aside><article>{figure('/a.jpg', caption)}</article>"

    assert Image(url=f"{BASE}/a.jpg", caption="The quay", credit="Ana Gull/Tidewater") == lead(body=body)


@pytest.mark.parametrize(
    "tag",
    ["<img data-src=/a.jpg src='data:image/gif;base64,R0'>", "<img srcset='/a.jpg 1x, /b.jpg 2x'>", "<img src=/a.jpg>"],
)
def test_late(tag):
    """
    A picture that loads late is found under its real address.
    """
    assert Image(url=f"{BASE}/a.jpg") == lead(body=f"<figure>{tag}</figure>")


def test_stand_in():
    """
    A logo gives way to any other picture, and stays where there is no other.
    """
    logo = "<meta property=og:image content=/img/logo-large.png>"

    assert Image(url=f"{BASE}/a.jpg") == lead(logo, "<figure><img src=/a.jpg></figure>")
    assert Image(url=f"{BASE}/img/logo-large.png") == lead(logo)
    assert Image(url=f"{BASE}/new-catalogo.jpg") == lead(
        "<meta property=og:image content=/new-catalogo.jpg>", "<figure><img src=/a.jpg></figure>"
    )


@pytest.mark.parametrize(
    ("caption", "parts"),
    [
        ("The quay on Monday. Photo: Ana Gull", ("The quay on Monday.", "Ana Gull")),
        ("The quay on Monday (Photo by Ana Gull)", ("The quay on Monday", "Ana Gull")),
        ("The quay on Monday | Foto: Ana Gull/dpa", ("The quay on Monday", "Ana Gull/dpa")),
        ("Der Kai. © Ana Gull", ("Der Kai.", "Ana Gull")),
        ("Le quai. Crédit photo : Ana Gull", ("Le quai.", "Ana Gull")),
        ("Photo: Ana Gull", ("", "Ana Gull")),
        ("A photo of the quay", ("A photo of the quay", "")),
        ("The source of the river", ("The source of the river", "")),
        ("", ("", "")),
    ],
)
def test_split(caption, parts):
    """
    The credit at a caption's end is told from the caption; a caption that only speaks of pictures is left alone.
    """
    assert parts == split_credit(caption)


@given(caption=st.text(max_size=500))
def test_any_caption(caption):
    """
    Any caption is split without loss of more than the mark between its parts.
    """
    left, credit = split_credit(caption)

    assert caption.startswith(left) or left in caption
    assert len(left) + len(credit) <= len(caption)
