"""Lines about the article: notices of a correction, and stamps."""

import pytest

from ingest.dedup.corrections import MAX_NOTICE, MAX_NOTICES, is_byline, is_correction, is_stamp, read_corrections
from ingest.models import Removal

NOTICES = [
    "This article was amended on 3 May 2024 to correct the name of the harbour master, who is Ana Gull.",
    "\u2022 This article was amended on 3 May 2024. An earlier version said that the ferry had sunk.",
    "This story has been corrected to say that the quay is in Port Ellery.",
    "Correction: the ferry sank in 1971, not in 1917.",
    "CORRECTION (3 May): The name of the mayor was misspelled.",
    "Clarification \u2013 the figure includes lorries.",
    "Editor's note: an earlier version misstated the price of the work.",
    "An earlier version of this article misstated the year.",
    "Korrektur: In einer früheren Fassung stand ein falsches Datum.",
    "In einer früheren Version dieses Artikels hieß es, die Fähre sei gesunken.",
    "Dieser Artikel wurde am 3. Mai 2024 korrigiert: Der Kai liegt in Port Ellery.",
    "Anmerkung der Redaktion: In einer ersten Fassung war der Name falsch geschrieben.",
    "Rectificatif : le bac a coulé en 1971.",
    "Une première version de cet article indiquait une date erronée.",
    "Fe de errores: el barco se hundió en 1971.",
    "Una versión anterior de este artículo daba un año equivocado.",
    "Rettifica: il traghetto affondò nel 1971.",
    "Correção: a balsa afundou em 1971.",
    "Uma versão anterior deste texto trazia o ano errado.",
    "Rectificatie: de veerboot zonk in 1971.",
    "In een eerdere versie van dit artikel stond een verkeerd jaartal.",
    "Sprostowanie: prom zatonął w 1971 roku.",
    "W poprzedniej wersji artykułu podano błędny rok.",
    "Rättelse: färjan sjönk 1971.",
    "I en tidigare version av artikeln angavs fel år.",
    "Rettelse: Færgen sank i 1971.",
    "I en tidligere versjon av saken sto det feil årstall.",
    "Исправление: паром затонул в 1971 году.",
    "訂正：船は1971年に沈んだ。",
]
NO_NOTICES = [
    "This article was amended twice by the convention of 1787.",
    "This page was corrected by hand in the seventeenth century, as pages were.",
    "Correction of the river's course began in 1830.",
    "Corrections officers at the county jail walked out on Tuesday: they want more pay.",
    "The council said an earlier version of this article of the charter had been void.",
    "Editor's note: this interview was recorded in May.",
    "Korrekturen am Haushalt fordert die Opposition.",
    "The quay reopened on Monday.",
    "",
]


@pytest.mark.parametrize("line", NOTICES)
def test_notice(line):
    """
    A paragraph that says that the article was corrected is a notice, in every larger language.
    """
    assert is_correction(line)
    assert not is_stamp(line)


@pytest.mark.parametrize("line", [*NO_NOTICES, "Correction: " + "x" * MAX_NOTICE])
def test_no_notice(line):
    """
    A sentence about corrections is none, and neither is a long text.
    """
    assert not is_correction(line)


STAMPS = [
    "Updated 3 hours ago",
    "3 hours ago",
    "Published: 3 May 2024, 10:31",
    "Last updated on 12 March 2024 at 10:31 GMT",
    "Updated at 10:31 GMT.",
    "4 min read",
    "Stand: 03.05.2024, 10:31 Uhr",
    "Veröffentlicht am 3. Mai 2024",
    "vor 3 Stunden",
    "Publié le 3 mai 2024 à 10h31",
    "il y a 2 heures",
    "Actualizado a las 10:31",
    "hace 5 minutos",
    "Pubblicato il 3 maggio 2024",
    "há 2 horas",
    "Bijgewerkt 3 mei 2024",
    "2 uur geleden",
    "Opublikowano: 3.05.2024",
    "Uppdaterad 10:31",
    "Опубликовано 3.05.2024",
    "更新 2024年5月3日",
    "By Ida Tern",
    "By Ida Tern and Olga Moss, Gazette",
    "Von Ida Tern",
]
NO_STAMPS = [
    "Published in 1847, the novel was the first to describe the quay as it had been before the great storm.",
    "Three hours ago the quay was still open, and the last of the boats had left for the islands.",
    "By the time the council voted, most of the public had gone home.",
    "By Tuesday",
    "Stand by me",
    "Updated plans were shown to the public.",
    "Von hier an geht es abwärts.",
    "",
]


@pytest.mark.parametrize("line", STAMPS)
def test_stamp(line):
    """
    A line of who and when is a stamp.
    """
    assert is_stamp(line)


@pytest.mark.parametrize("line", [line for line in NO_STAMPS if line != "By Tuesday"])
def test_no_stamp(line):
    """
    A sentence in which somebody publishes, or something was hours ago, is none.
    """
    assert not is_stamp(line)


def test_byline():
    """
    A byline holds names only.
    """
    assert [True, False, False] == [is_byline(line) for line in ("By Ida van Tern", "By the sea", "By 1847")]


def test_read():
    """
    Notices are found in the text and among the disclaimers that were cut, each once, as one line.
    """
    cut = [
        Removal(kind="disclaimer", rule="r", text=NOTICES[0], after_paragraph=1),
        Removal(kind="promo", rule="r", text=NOTICES[4], after_paragraph=1),
    ]

    got = read_corrections(("The quay reopened.", NOTICES[3].replace(" sank", "\n sank"), NOTICES[3]), cut)

    assert (NOTICES[3], NOTICES[0]) == got


def test_read_many():
    """
    There is an end to how many are kept.
    """
    assert MAX_NOTICES == len(read_corrections([f"Correction: the number is {n}." for n in range(50)]))
