"""
Texts that stand in front of an article: consent, sign-in, robots' checks, missing pages.

The phrases are addressed to the reader of the page ("accept all cookies", "enable JavaScript"), not written about the
thing. A news report may quote one; a wall is made of them. So a text is a wall only if it is short and paragraphs with
such phrases hold most of its characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: Which wall stands there.
Wall = Literal["consent-wall", "javascript", "challenge", "error-page", "paywall"]

#: A wall's text is short: the longest consent dialogues without their lists of partners have some 2,500 characters.
MAX_WALL_CHARS = {"consent-wall": 4_000, "javascript": 800, "challenge": 1_500, "error-page": 800, "paywall": 1_200}
#: The paragraphs with its phrases hold at least this share of the characters.
MIN_SHARE = 0.5
#: A title of its own, this short over a text this short, names the wall: "Just a moment...", "404".
MAX_TITLE_CHARS = 40
MAX_TITLED_CHARS = 400
#: A pitch has its phrases in its first sentences; an article that has one further in is an article.
MAX_PHRASE_OFFSET = 300

_CONSENT = (
    r"(?:we|our site|this (?:web)?site) (?:uses?|may store) [\w ,]{0,40}cookies",
    r"we and (?:our|\d+) [\w ]{0,30}partners (?:use|store|may store)",
    r"accept (?:all|our|the use of)? ?cookies",
    r"(?:manage|customi[sz]e|reject all|cookie) (?:preferences|settings|options)",
    r"before you continue to",
    r"your privacy (?:choices|matters|is important)",
    r"we value your privacy",
    r"we and our (?:\d+ )?(?:\w+ )?partners",
    r"store and/or access information on (?:a|your) device",
    r"consent to (?:the use|our use|these)",
    r"wir (?:und unsere (?:\d+ )?partner )?(?:verwenden|nutzen|setzen) (?:[\w ,]{0,40})cookies",
    r"alle(?:n)? cookies (?:akzeptieren|zustimmen)",
    r"(?:mit werbung|ohne werbung) (?:und tracking )?(?:weiterlesen|weiter lesen|lesen)",
    r"zustimmen und weiter(?:lesen)?",
    r"cookie-einstellungen",
    r"ihre privatsphäre",
    r"nous (?:et nos (?:\d+ )?partenaires )?(?:utilisons|stockons) (?:[\w ,]{0,40})(?:cookies|traceurs)",
    r"accepter (?:et continuer|tous les cookies)",
    r"continuer sans accepter",
    r"paramétrer (?:les|mes|vos) cookies",
    r"(?:nosotros y nuestros (?:\d+ )?socios|utilizamos (?:[\w ,]{0,40})cookies)",
    r"aceptar (?:todas las |las )?cookies",
    r"aceptar y continuar",
    r"(?:noi e i nostri (?:\d+ )?partner|utilizziamo (?:[\w ,]{0,40})cookie)",
    r"accetta(?:re)? (?:tutti i |i )?cookie",
    r"(?:nós e os nossos (?:\d+ )?parceiros|utilizamos cookies|usamos cookies)",
    r"aceitar (?:todos os )?cookies",
    r"wij (?:en onze (?:\d+ )?partners )?(?:gebruiken|plaatsen) (?:[\w ,]{0,40})cookies",
    r"(?:alle )?cookies (?:accepteren|toestaan)",
    r"(?:my i nasi (?:\d+ )?partnerzy|używamy (?:[\w ,]{0,40})(?:plików )?cookie)",
    r"akceptuję (?:wszystkie|i przechodzę)",
    r"vi (?:och våra (?:\d+ )?partners? )?använder cookies",
    r"(?:vi og vores (?:\d+ )?partnere|vi bruger cookies|vi bruker (?:informasjonskapsler|cookies))",
    r"godkänn (?:alla )?cookies",
    r"používáme (?:[\w ,]{0,40})cookies",
    r"çerez(?:leri)? kullan(?:\u0131yoruz|maktay\u0131z)",
    r"мы используем (?:файлы )?cookies?",
    r"käytämme evästeitä",
    r"私たちは.{0,10}cookie",
    r"クッキーを使用して",
)
_JAVASCRIPT = (
    r"(?:please )?(?:enable|activate|turn on) javascript",
    r"javascript (?:is|must be|has been|appears to be) (?:disabled|enabled|required|turned off)",
    r"(?:requires?|need) javascript",
    r"without javascript",
    r"bitte (?:aktivieren sie|aktiviere) javascript",
    r"javascript (?:aktivieren|ist deaktiviert)",
    r"(?:activer|activez) javascript",
    r"(?:active|activa|habilite|habilita|activar|habilitar) (?:el )?javascript",
    r"(?:abilita|attiva|abilitare) javascript",
    r"(?:schakel|zet) javascript",
    r"włącz(?:yć)? (?:obsługę )?javascript",
    r"включите javascript",
    r"(?:your|this) browser (?:is not supported|does not support|is out of date)",
)
_CHALLENGE = (
    r"checking (?:if the site connection is secure|your browser)",
    r"verify(?:ing)? (?:that )?you are (?:a )?(?:human|not a robot)",
    r"^just a moment",
    r"(?:press|click) (?:&|and) hold to confirm",
    r"are you a (?:robot|human)\?",
    r"unusual (?:traffic|activity) from your",
    r"you have been blocked",
    r"(?:complete|solve) the (?:captcha|security check)",
    r"^access (?:to this page has been )?denied",
    r"you don.t have permission to access",
    r"(?:ddos protection|performance (?:&|and) security) by",
    r"reference #?\d+\.[0-9a-f.]+",
    r"ray id:",
    r"pardon our interruption",
    r"(?:bestätigen sie|beweisen sie), dass sie (?:ein mensch|kein roboter)",
    r"vérifi(?:er|ez) que vous (?:êtes humain|n.êtes pas un robot)",
)
_ERROR = (
    r"^(?:error )?(?:404|410|403|500|502|503)\b",
    r"(?:page|article|content|story) (?:was|is|could) not (?:be )?(?:found|available)",
    r"(?:page|article|content|story) you (?:requested|(?:are|were) looking for)[\w ,']{0,30} (?:not|n't|no longer) ",
    r"(?:page|site) not found",
    r"(?:can.t|cannot|couldn.t|could not) find (?:the|that|this) page",
    r"(?:page|article|link) (?:no longer exists|has been (?:removed|moved|deleted))",
    r"(?:seite|artikel|beitrag) (?:wurde )?nicht (?:gefunden|verfügbar)",
    r"page (?:introuvable|non trouvée|n.existe pas)",
    r"página no (?:encontrada|existe|disponible)",
    r"pagina non (?:trovata|esiste)",
    r"página não (?:encontrada|existe)",
    r"pagina (?:is )?niet gevonden",
    r"strona nie (?:została znaleziona|istnieje)",
    r"страница не найдена",
)
_PAYWALL = (
    r"to (?:continue|keep) reading",
    r"to read (?:the|this) (?:full|rest|whole|entire|complete)",
    r"(?:subscribe|sign in|log in|register)[\w ,]{0,30} to (?:read|continue|access|unlock|view)",
    r"(?:article|content|story) is (?:only |exclusively )?for [\w ]{0,9}(?:subscribers|members)",
    r"(?:article|content|story) is (?:only )?available (?:only |exclusively )?to [\w ]{0,9}(?:subscribers|members)",
    r"(?:article|content|story|page) is (?:reserved for|exclusive to) [\w ]{0,20}(?:subscribers|members)",
    r"(?:unlock|get full access to) (?:this|the) (?:article|story)",
    r"(?:already a|existing) (?:subscriber|member)\?",
    r"(?:reached|used) your (?:\w+ ){0,2}(?:limit|articles)",
    r"(?:article|content) (?:is )?locked",
    r"um (?:diesen artikel |den (?:ganzen |vollständigen )?artikel )?weiter(?:zu)?lesen",
    r"(?:diesen|den) artikel (?:jetzt )?(?:weiterlesen|freischalten)",
    r"(?:exklusiv|nur) für (?:abonnenten|abonnentinnen|mitglieder)",
    r"(?:jetzt|mit) [\w+ ]{0,20}(?:abo|plus)[\w ]{0,20} (?:weiterlesen|testen|lesen)",
    r"(?:cet article est|article|contenu) réservé (?:à nos|aux) abonnés",
    r"il vous reste \d+ ?% (?:de cet article )?à lire",
    r"pour (?:lire la suite|continuer (?:la|votre) lecture)",
    r"(?:contenido|artículo) (?:exclusivo|solo) para (?:suscriptores|socios)",
    r"para (?:seguir|continuar) leyendo",
    r"(?:contenuto|articolo) riservato agli abbonati",
    r"per continuare a leggere",
    r"(?:conteúdo|artigo) exclusivo para assinantes",
    r"para continuar (?:a ler|lendo)",
    r"(?:alleen|exclusief) voor abonnees",
    r"om verder te lezen",
    r"(?:artykuł|treść) (?:dostępn[ya] )?(?:tylko )?dla (?:subskrybentów|prenumeratorów)",
    r"czytaj dalej za",
    r"(?:för|for) (?:prenumeranter|abonnenter|abonnementer)",
    r"(?:läs|les) (?:hela|hele) (?:artikeln|saken)",
    r"この(?:記事は)?(?:有料)?会員(?:限定|専用)",
    r"続きを読むには",
    r"доступно только (?:подписчикам|по подписке)",
)

#: Of each phrase some letters that are in whatever it matches, in lower case: a text without any has none of the
#: phrases, and seeing that takes a hundredth of what looking for them does (measured: a tenth of a worker's time).
_CUES: dict[Wall, tuple[str, ...]] = {
    "challenge": (
        "checking ", "you are ", "just a moment", "hold to confirm", "are you a ", "unusual ", "been blocked",
        "the captcha", "security check", "denied", "permission to access", "ddos protection", " security by",
        "reference", "ray id:", "our interruption", ", dass sie ", " que vous ",
    ),
    "javascript": ("javascript", " browser "),
    "consent-wall": (
        "cookie", "we and ", " preferences", " settings", " options", "before you continue", "your privacy",
        "store and/or access", "consent to ", " werbung ", "zustimmen und", "ihre privatsph", "traceurs", "accepter",
        "nosotros y nuestros", "aceptar y continuar", "noi e i nostri", "s e os nossos", "my i nasi", "akceptuj",
        "vi og vores", "vi bruker", "kullan", "evästeitä", "クッキーを使用して",
    ),
    "error-page": (
        "404", "410", "403", "500", "502", "503", " not found", " not available", " not be found",
        " not be available", "you requested", " looking for", "find the page", "find that page", "find this page",
        "no longer exists", "has been removed", "has been moved", "has been deleted", "nicht gefunden", "nicht verf",
        "introuvable", "non trouv", "existe pas", "gina no ", "pagina non ", "gina n", "niet gevonden", "strona nie ",
        "страница не",
    ),
    "paywall": (
        " reading", "to read the ", "to read this ", "subscribe", "sign in", "log in", "register", "members",
        "unlock", "full access to", "member?", "reached your", "used your", "locked", "weiterlesen", "weiterzulesen",
        "freischalten", "abonn", "mitglieder", "testen", " lesen", "il vous reste", "lire la suite", "pour continuer",
        "suscriptores", "socios", " leyendo", "abbonati", "per continuare", "assinantes", "para continuar ",
        "om verder te", "subskrybent", "prenumerator", "prenumeranter", "czytaj dalej", " artikeln", " saken",
        "会員", "続きを読むには", "доступно только",
    ),
}  # fmt: skip  # one cue a line is longer, not clearer
#: Letters that an expression without regard to case takes for others (CPython's ``_casefix``), where cues have those.
_OTHER_LETTERS = str.maketrans(
    "\u0130\u0131\u017f\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85", "iis\u0432\u0434\u043e\u0441\u0442\u0442"
)
#: They are rare, and to look each letter up for them takes longer than all that is done with it afterwards.
_HAS_OTHER_LETTERS = re.compile("[\u0130\u0131\u017f\u1c80-\u1c85]")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The phrases of one wall."""

    pattern: re.Pattern[str]
    cues: tuple[str, ...]

    def are_in(self, text: str) -> bool:
        """Whether the text begins with a pitch that has one of them."""
        start = text[:MAX_PHRASE_OFFSET]
        plain = start.translate(_OTHER_LETTERS) if _HAS_OTHER_LETTERS.search(start) else start
        lower = plain.lower()
        return any(map(lower.__contains__, self.cues)) and self.pattern.search(start) is not None


def _phrases(wall: Wall, patterns: Sequence[str]) -> _Phrases:
    return _Phrases(re.compile("|".join(patterns), re.IGNORECASE), _CUES[wall])


#: In the order of the asking: who shows a check shows nothing else.
_WALLS: dict[Wall, _Phrases] = {
    "challenge": _phrases("challenge", _CHALLENGE),
    "javascript": _phrases("javascript", _JAVASCRIPT),
    "consent-wall": _phrases("consent-wall", _CONSENT),
    "error-page": _phrases("error-page", _ERROR),
    "paywall": _phrases("paywall", _PAYWALL),
}


def wall_in(paragraphs: Sequence[str]) -> Wall | None:
    """Which wall a whole text is, None for a text that holds more than that."""
    total = sum(map(len, paragraphs))
    if not 0 < total <= max(MAX_WALL_CHARS.values()):
        return None
    for wall, phrases in _WALLS.items():
        if total > MAX_WALL_CHARS[wall]:
            continue
        if total <= MAX_TITLED_CHARS and len(paragraphs[0]) <= MAX_TITLE_CHARS and phrases.are_in(paragraphs[0]):
            return wall
        if _is_held(phrases, paragraphs, MIN_SHARE * total):
            return wall
    return None


def _is_held(phrases: _Phrases, paragraphs: Sequence[str], least: float) -> bool:
    """
    Whether paragraphs with such phrases have at least so many characters.

    Asked of the longest first, an article is known for none after a half of it at most: the search is the cost here.
    """
    held, left = 0, sum(map(len, paragraphs))
    for text in sorted(paragraphs, key=len, reverse=True):
        if held + left < least:
            return False
        left -= len(text)
        held += len(text) if phrases.are_in(text) else 0
    return held >= least


def has_paywall_line(paragraphs: Sequence[str]) -> bool:
    """Whether a paragraph asks to pay or to sign in for the rest of the text."""
    phrases = _WALLS["paywall"]
    return any(phrases.are_in(text) for text in paragraphs if len(text) <= MAX_WALL_CHARS["paywall"])
