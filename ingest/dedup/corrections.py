"""
Lines about the article instead of its matter: notices that it was corrected, and stamps of who wrote it and when.

A notice is a fact about the article, kept in the event; a stamp changes by itself and is no change of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.models import Removal
from ingest.text import collapse

#: A notice is a paragraph of its own; a longer one is an article about corrections.
MAX_NOTICE = 1200
#: Notices kept of one article.
MAX_NOTICES = 10
#: A stamp is one line of a few words.
MAX_STAMP = 120

# Each is tried at the beginning of a paragraph only, after brackets, asterisks and dashes; every repeat is bounded.
_MARKS = r"[\W_]{0,6}"
_LABELS = (
    r"(?:corrections?(?: (?:and|&) clarifications?)?|clarifications?|correction notice|editor['\u2019]?s['\u2019]? note"
    r"|erratum|errata|corrigendum|korrektur(?:hinweis)?|berichtigung|richtigstellung|anm(?:erkung|\.) der redaktion"
    r"|rectificatif|correctif|rectification|note de la rédaction|rectificación|corrección|fe de errores?|aclaración"
    r"|correzione|rettifica|errata corrige|correção|retificação|erramos|rectificatie|correctie|sprostowanie|korekta"
    r"|rättelse|rättning|rettelse|korreksjon|retting|oikaisu|korjaus|oprava|helyesbítés|erată|διόρθωση|düzeltme"
    r"|исправление|уточнение|поправка|виправлення|תיקון|تصحيح|訂正|更正|정정)"
)
_PIECE = r"(?:article|story|post|report|piece|page|column|headline|review|caption)"
_WAS_CORRECTED = r"(?:was|has been|is being) (?:\w{2,12}ly )?(?:amended|corrected|clarified)"
_FORMS = (
    rf"(?:an? |the )?(?:earlier|previous|original|prior|initial) version of th(?:is|e) (?:\w+ ){{0,2}}{_PIECE}\b",
    rf"(?:this|the) {_PIECE}(?:'s headline)?(?: (?:above|below))? {_WAS_CORRECTED}\b(?! (?:\w+ )?(?:by|twice|many)\b)",
    r"we have (?:amended|corrected) (?:this|the) (?:article|story|headline)",
    r"in einer (?:früheren|ersten|vorherigen|älteren|ursprünglichen) (?:version|fassung)\b",
    r"(?:dieser|der) (?:artikel|beitrag|text) wurde .{0,60}\b(?:korrigiert|berichtigt)\b",
    r"(?:dans )?une (?:première|précédente) version de (?:cet article|ce texte)\b",
    r"cet article a été (?:corrigé|rectifié|modifié)\b",
    r"(?:en )?una (?:primera )?versión (?:anterior|previa|inicial)? ?de (?:este artículo|esta (?:noticia|nota))\b",
    r"(?:este artículo|esta (?:noticia|nota)) (?:ha sido|fue) (?:corregid|rectificad)[oa]\b",
    r"(?:in )?una (?:precedente )?versione (?:precedente )?di questo articolo\b",
    r"questo articolo è stato (?:corretto|rettificato)\b",
    r"(?:uma )?versão anterior (?:deste (?:texto|artigo)|desta (?:notícia|reportagem|matéria))\b",
    r"(?:este (?:texto|artigo)|esta (?:notícia|reportagem|matéria)) foi (?:corrigid|retificad)[oa]\b",
    r"(?:in )?een eerdere versie van dit (?:artikel|bericht|stuk)\b",
    r"dit (?:artikel|bericht) (?:is|werd) .{0,30}\b(?:gecorrigeerd|gerectificeerd)\b",
    r"(?:w )?(?:poprzedniej|wcześniejszej|pierwotnej) wersji (?:tekstu|artykułu)\b",
    r"(?:artykuł|tekst) został (?:poprawiony|skorygowany|sprostowany)\b",
    r"i en tidigare version av (?:artikeln|texten)\b",
    r"(?:artikeln|texten) (?:har|är) (?:rättats|rättad|korrigerats|korrigerad)\b",
    r"i en tidligere (?:versjon|version|utgave) av (?:saken|artikkelen|artiklen|teksten)\b",
    r"(?:saken|artikkelen|artiklen) (?:er|ble|blev|har blitt) (?:rettet|korrigert|korrigeret)\b",
    r"(?:artikkelin|jutun) (?:aiemmassa|aikaisemmassa) versiossa\b",
    r"v (?:původní|předchozí|dřívější) verzi (?:článku|textu)\b",
    r"в (?:предыдущей|первоначальной|ранней|прежней) версии (?:статьи|материала|текста|новости)\b",
)
_CORRECTED = "|".join(_FORMS)
_NOTICE = re.compile(
    rf"{_MARKS}(?:(?P<label>{_LABELS})\b[^:\n]{{0,40}}[:\u2013\u2014\uff1a]|(?:{_CORRECTED}))", re.IGNORECASE
)
# "Editor's note: this interview was recorded in May" is a note; it must speak of a correction.
_NOTE = re.compile(r"(?:editor|anm|note de)", re.IGNORECASE)
_SAYS_CORRECTED = re.compile(
    r"\b(?:correct|amend|clarif|error|incorrect|mistak|misstat|misspel|wrong|korrigier|fehler|falsch|berichtig"
    r"|corrig|erreur|erron|rectifi)",
    re.IGNORECASE,
)

_STAMPED = re.compile(
    rf"{_MARKS}(?:(?:last |first |article |story )?(?:updated|published|posted|modified|edited|amended|created)"
    r"|(?:zuletzt )?(?:aktualisiert|veröffentlicht|geändert|erstellt)|stand|publiée?|mise? à jour|modifiée?"
    r"|actualizad[oa]|publicad[oa]|última actualización|aggiornat[oa]|pubblicat[oa]|ultimo aggiornamento"
    r"|atualizad[oa]|bijgewerkt|gepubliceerd|laatste update|opublikowano|aktualizacja|zaktualizowano"
    r"|uppdaterad|publicerad|opdateret|publiceret|oppdatert|publisert|päivitetty|julkaistu|aktualizováno|publikováno"
    r"|güncelleme|yay\u0131nlanma|обновлено|обновлена|обновлён|опубликовано|опубликована|оновлено|опубліковано|更新(?:日時)?|公開|发布|업데이트|입력|수정)"
    r"(?!\w)",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:\d{1,3}|an?|one|few|several) (?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?) ago\b"
    r"|\bvor (?:\d{1,3}|einer|einem|wenigen) (?:sekunden?|minuten?|stunden?|tage?n?|wochen?)\b"
    r"|\bil y a (?:\d{1,3}|une?) (?:secondes?|minutes?|heures?|jours?|semaines?)\b"
    r"|\bhace (?:\d{1,3}|una?) (?:segundos?|minutos?|horas?|días?|semanas?)\b"
    r"|\bhá (?:\d{1,3}|uma?) (?:segundos?|minutos?|horas?|dias?|semanas?)\b"
    r"|\b(?:\d{1,3}|un['\u2019]?) ?(?:second[io]|minut[io]|or[ae]|giorn[io]|settiman[ae]) fa\b"
    r"|\b\d{1,3} (?:seconden|minuten|uur|dagen|weken) geleden\b|\b\d{1,3} (?:sekund\w*|minut\w*|godzin\w*|dni) temu\b"
    r"|\bför \d{1,3} (?:minuter|timmar|dagar) sedan\b|\b\d{1,3} (?:минут\w*|час\w*|дн\w*) назад\b"
    r"|\bjust now\b|\b\d{1,3}[- ]min(?:ute)?s?[- ]read\b|\blesezeit\b|\btemps de lecture\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}\b|[年月日]"
    r"|\b\d{1,2}\.? (?:jan|feb|fév|mar|mär|maa|apr|avr|abr|kwi|ma[iyj]|may|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set"
    r"|oct|okt|ott|out|nov|dec|dez|déc|dic|gru)\w*",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    rf"{_MARKS}(?:(?:written |reported |reporting |compiled )?by|von|par|por|door|autore?:?|author:?|autor:?|av|af)"
    r"[ :]+(?P<names>[^\d.!?]{3,80})\W{0,3}",
    re.IGNORECASE,
)


def read_corrections(paragraphs: Sequence[str], removals: Sequence[Removal] = ()) -> tuple[str, ...]:
    """Notices that the article was corrected, amended or clarified, in their own words; first those of the text."""
    lines = [*paragraphs, *(removal.text for removal in removals if removal.kind == "disclaimer")]
    return tuple(dict.fromkeys(collapse(line) for line in lines if is_correction(line)))[:MAX_NOTICES]


def is_correction(line: str) -> bool:
    """Whether a paragraph says that the article was corrected, and nothing else."""
    if len(line) > MAX_NOTICE:
        return False
    found = _NOTICE.match(line)
    if found is None:
        return False
    label = found["label"]
    return label is None or not _NOTE.match(label) or bool(_SAYS_CORRECTED.search(line))


def is_stamp(line: str) -> bool:
    """Whether a line only says who wrote the article, or when it was published, updated or how long ago."""
    text = line.strip()
    if not text or len(text) > MAX_STAMP:
        return False
    is_sentence = text.endswith((".", "!", "?")) and len(text.split()) > 8  # noqa: PLR2004 - "Updated at 10:31 GMT."
    if is_sentence:
        return False
    if _RELATIVE.search(text) and len(text.split()) <= 8:  # noqa: PLR2004 - as above
        return True
    return bool(_STAMPED.match(text) and _MOMENT.search(text)) or is_byline(text)


def is_byline(line: str) -> bool:
    """Whether a line is "By" and names: every word of two or more letters begins with a capital, or joins two."""
    found = _BYLINE.fullmatch(line)
    if found is None:
        return False
    words = [word.strip(",&/|") for word in found["names"].split()]
    return all(word[:1].isupper() or word in _JOINTS or not word for word in words)


_JOINTS = frozenset(
    {"and", "und", "et", "y", "e", "en", "i", "och", "og", "de", "del", "der", "di", "la", "van", "von", "in"}
)
