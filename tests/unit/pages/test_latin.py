"""Latin charsets that nobody declared, or declared wrongly."""

from __future__ import annotations

import pytest

from ingest.pages.charset import decode_page
from ingest.pages.latin import latin_codec, may_be_western

POLISH = (
    "Burmistrz powiedział, że most będzie zamknięty do zimy, ale nie jest jasne, kto za to zapłaci. Już przed rokiem "
    "mówił o tym na posiedzeniu, które było otwarte dla mieszkańców, i nie dostał żadnej odpowiedzi od władz portu. "
) * 3
SPANISH = (
    "El alcalde dijo que el puente de la isla no abrirá hasta el próximo año, y que los vecinos del muelle también "
    "lo saben. ¿Quién paga? Según él, la compañía lo hará con más dinero, pero no ha dicho cuánto para su señal. "
) * 3
TURKISH = (
    "Belediye başkanı köprünün kışa kadar kapalı olduğu için çok üzgün ve bunun bir yıl daha böyle olacağını dedi. "
    "Ancak göre şirket ne para ne de gemi verdi, sonra her şey gibi bu da unutuldu, ya da öyle oldu. "
) * 3
RUSSIAN = "Мэр города сказал, что мост будет закрыт до зимы, и никто не знает, кто за это заплатит. " * 4


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (POLISH, "iso8859_2"),
        (POLISH, "cp1250"),
        (SPANISH, "cp1252"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
    ],
)
def test_undeclared(text, codec):
    """
    A page that declares nothing is read in the charset of its language.
    """
    html = page(text)

    assert html == decode_page(html.encode(codec), "text/html")


def test_said_language():
    """
    The page's own label tells the language of a text that is too short to.
    """
    body = "<html lang='pl'><p>Wójt i żona".encode("iso8859_2")

    assert latin_codec(body, "cp1252") == "iso8859_2"


@pytest.mark.parametrize(
    ("text", "codec"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), ("港务局说桥要关到冬天。" * 20, "gb18030"), (POLISH, "iso8859_2")],
)
def test_wrongly_western(text, codec):
    """
    A server's default of iso-8859-1 does not stand where the bytes make no western words.
    """
    html = page(text)

    assert not may_be_western(html.encode(codec))
    assert html == decode_page(html.encode(codec), "text/html; charset=iso-8859-1")


@pytest.mark.parametrize("text", [SPANISH, "Größe, Maße – „süß“ und 5 m² für 3 €. " * 20, "plain"])
def test_western(text):
    """
    Western words, quotes and signs are western.
    """
    assert may_be_western(page(text).encode("cp1252"))


def test_default_gives_way():
    """
    The page's own word for its charset counts before a server's default.
    """
    html = page("Тест", "<meta charset=windows-1251>")

    assert html == decode_page(html.encode("cp1251"), "text/html; charset=ISO-8859-1")
