"""Our own sets of paragraphs: news that looks like boilerplate stays, promos of every language go."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules

FIXTURES = Path(__file__).parents[2] / "fixtures" / "cleaning"
NEWS = tomllib.loads((FIXTURES / "news_like_boilerplate.toml").read_text("utf-8"))
PROMOS = tomllib.loads((FIXTURES / "promos.toml").read_text("utf-8"))
RULES = load_rules()
STORY = [f"In week {week} the ferries ran late, and the islanders stopped asking for reasons." for week in range(24)]
#: "Read also: ..." in each of the languages of the rules.
READ_ALSO = {
    "en": "Read also: Ferries stop",
    "de": "Lesen Sie auch: Fähren stehen",
    "fr": "Lire aussi : Les ferries à quai",
    "es": "Lea también: Barcos parados",
    "it": "Leggi anche: Traghetti fermi",
    "pt": "Leia também: Balsas paradas",
    "nl": "Lees ook: Veren liggen stil",
    "pl": "Czytaj też: Promy stoją",
    "cs": "Čtěte také: Trajekty stojí",
    "sv": "Läs också: Färjorna står",
    "no": "Les også: Fergene står",
    "da": "Læs også: Færgerne ligger stille",
    "fi": "Lue myös: Lautat seisovat",
    "tr": "Ayrıca okuyun: Feribotlar durdu",
    "el": "Διαβάστε ακόμη: Δεμένα τα πλοία",
    "ru": "Читайте также: Паромы стоят",
    "uk": "Читайте також: Пороми стоять",
    "ar": "اقرأ أيضاً: توقف العبارات",
    "he": "קראו עוד: המעבורות עומדות",
    "fa": "همچنین بخوانید: کشتی‌ها ایستادند",
    "hi": "ये भी पढ़ें: नावें रुकीं",
    "bn": "আরো পড়ুন: ফেরি বন্ধ",
    "ur": "یہ بھی پڑھیں: کشتیاں رکیں",
    "id": "Baca juga: Feri berhenti",
    "vi": "Đọc thêm: Phà ngừng chạy",
    "th": "ข่าวที่เกี่ยวข้อง: เรือหยุด",
    "ja": "関連ニュース：フェリー停止",
    "ko": "관련뉴스: 여객선 멈춰",
    "zh": "相關閱讀：渡輪停航",
}


def test_sets_are_large():
    """
    There are 150 paragraphs in 8 languages, 12 of each, and 60 promos of each group of languages.
    """
    assert sum(map(len, NEWS.values())) >= 150
    assert len(NEWS) >= 8
    assert min(map(len, NEWS.values())) >= 12
    assert min(map(len, PROMOS.values())) >= 60


@pytest.mark.parametrize("language", NEWS)
@pytest.mark.parametrize("at", [0, 12, 24], ids=["head", "middle", "tail"])
def test_news_stays(language, at):
    """
    A paragraph of news stays wherever it stands, whatever it is about.
    """
    lost = []
    for text in NEWS[language]:
        lost += clean_lines([*STORY[:at], text, *STORY[at:]], RULES).removals

    assert [] == lost


@pytest.mark.parametrize("group", PROMOS)
def test_promos_go(group):
    """
    A promo at the end of an article goes, and nothing with it.
    """
    missed = []
    for text in PROMOS[group]:
        taken = [removal.text for removal in clean_lines([*STORY, text], RULES).removals]
        if taken != [text]:
            missed.append((text, taken))

    assert [] == missed


@pytest.mark.parametrize("line", READ_ALSO.values(), ids=READ_ALSO)
def test_pointers_of_every_language_go(line):
    """
    A pointer to another article goes in every language, and the article stays.
    """
    cleaning = clean_lines([*STORY[:12], line, *STORY[12:]], RULES)

    assert [line] == [removal.text for removal in cleaning.removals]
