"""Which language a page is in."""

# ruff: noqa: E501 - prose in scripts whose letters count twice; one language a line

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.language import read_label, spoken, words_of

SAMPLES = {
    "en": "The harbour office closed the north quay on Monday after divers had found cracks in the oldest part of its wall.",
    "de": "Das Hafenamt hat am Montag den Nordkai gesperrt, nachdem Taucher Risse in dem ältesten Teil der Mauer fanden und "
    "auch die Boote nicht mehr sicher lagen.",
    "fr": "Le bureau du port a fermé le quai nord lundi, après que des plongeurs ont trouvé des fissures dans la partie la "
    "plus ancienne du mur, et les bateaux sont partis.",
    "es": "La oficina del puerto cerró el muelle norte el lunes, después de que los buzos hallaran grietas en la parte más "
    "antigua del muro, y los barcos se fueron.",
    "it": "La capitaneria ha chiuso il molo nord lunedì dopo che i sommozzatori hanno trovato delle crepe nella parte più "
    "antica del muro, e le barche sono partite.",
    "pt": "A capitania fechou o cais norte na segunda-feira, depois que os mergulhadores encontraram fendas na parte mais "
    "antiga do muro, e os barcos não voltaram.",
    "nl": "Het havenkantoor heeft de noordkade maandag gesloten nadat duikers scheuren vonden in het oudste deel van de "
    "muur, en de boten zijn naar de andere kant gebracht.",
    "pl": "Urząd portu zamknął w poniedziałek północne nabrzeże, po tym jak nurkowie znaleźli pęknięcia w najstarszej "
    "części muru, a łodzie nie są już bezpieczne i stoją przy innym nabrzeżu.",
    "cs": "Správa přístavu v pondělí uzavřela severní molo, protože potápěči našli trhliny v nejstarší části zdi a lodě "
    "jsou teď u jiného mola, které je ale menší a není pro všechny.",
    "sv": "Hamnkontoret stängde den norra kajen i måndags efter att dykare hade hittat sprickor i den äldsta delen av muren "
    "och båtarna inte längre var säkra.",
    "fi": "Satamatoimisto sulki maanantaina pohjoisen laiturin, kun sukeltajat olivat löytäneet halkeamia muurin vanhimmasta "
    "osasta, ja veneet on nyt siirretty. Se ei ole vielä ohi, mutta myös lautta on mukana.",
    "tr": "Liman dairesi, dalgıçlar duvarın en eski bölümünde çatlaklar bulduktan sonra pazartesi günü kuzey rıhtımını "
    "kapattı ve bu tekneler için yeni bir yer de ayrıldı, ancak bu yer daha küçük olarak biliniyor.",
    "id": "Kantor pelabuhan menutup dermaga utara pada hari Senin setelah para penyelam menemukan retakan di bagian tertua "
    "dari tembok itu, dan kapal yang ada di sana tidak akan kembali dalam waktu dekat.",
    "vi": "Văn phòng cảng đã đóng cửa cầu cảng phía bắc vào thứ Hai sau khi các thợ lặn tìm thấy những vết nứt ở phần cũ "
    "nhất của bức tường, và các tàu đã được đưa đến một nơi khác.",
    "ru": "Управление порта закрыло северный причал в понедельник, после того как водолазы нашли трещины в стене.",
    "uk": "Управління порту закрило північний причал у понеділок, після того як водолази знайшли тріщини в стіні.",
    "ar": "أغلق مكتب الميناء الرصيف الشمالي يوم الاثنين بعد أن وجد الغواصون شقوقا في أقدم جزء من الجدار.",
    "fa": "دفتر بندر روز دوشنبه اسکله شمالی را بست، پس از آنکه غواصان در قدیمی‌ترین بخش دیوار ترک‌هایی پیدا کردند و گفتند چه شد.",
    "ur": "بندرگاہ کے دفتر نے پیر کو شمالی گھاٹ بند کر دیا جب غوطہ خوروں نے دیوار کے سب سے پرانے حصے میں دراڑیں پائیں۔",
    "he": "משרד הנמל סגר ביום שני את הרציף הצפוני לאחר שצוללנים מצאו סדקים בחלק העתיק ביותר של הקיר.",
    "hi": "बंदरगाह कार्यालय ने सोमवार को उत्तरी घाट बंद कर दिया जब गोताखोरों को दीवार के सबसे पुराने हिस्से में दरारें मिलीं।",
    "bn": "সোমবার বন্দর কার্যালয় উত্তর ঘাট বন্ধ করে দেয়, কারণ ডুবুরিরা দেয়ালের সবচেয়ে পুরোনো অংশে ফাটল খুঁজে পান।",
    "th": "สำนักงานท่าเรือปิดท่าเทียบเรือทางเหนือเมื่อวันจันทร์หลังจากนักดำน้ำพบรอยร้าวในส่วนที่เก่าแก่ที่สุดของกำแพง",
    "ja": "港の事務所は月曜日、潜水士が壁の最も古い部分に亀裂を見つけたことを受けて、北の岸壁を閉鎖したと発表した。",
    "ko": "항만 사무소는 잠수부들이 벽의 가장 오래된 부분에서 균열을 발견한 뒤 월요일에 북쪽 부두를 폐쇄했다고 밝혔다.",
    "zh": "港务办公室星期一关闭了北码头，此前潜水员在墙体最古老的部分发现了裂缝，船只已经移到南边的码头停靠，等待进一步检查结果。",
    "el": "Το λιμεναρχείο έκλεισε τη βόρεια αποβάθρα τη Δευτέρα, αφού δύτες βρήκαν ρωγμές στο παλαιότερο τμήμα του τοίχου.",
}  # fmt: skip  # one language a line is longer, not clearer


@pytest.mark.parametrize("language", SAMPLES)
def test_guess(language):
    """
    Two sentences of prose are enough to tell a language that no claim names.
    """
    assert language == spoken([], f"{SAMPLES[language]} {SAMPLES[language]}")


@pytest.mark.parametrize("text", ["", "Hafen", "12 345 678 " * 20, "abc xyz " * 40, "!!! ??? " * 50])
def test_silence(text):
    """
    What is too short or no prose has no language.
    """
    assert spoken([], text) == ""


@pytest.mark.parametrize(
    ("claims", "text", "expected"),
    [
        (["en-US"], "en", "en-US"),
        (["en"], "de", "de"),
        (["en", "de_AT"], "de", "de-AT"),
        (["de", "en"], "de", "de"),
        (["en"], "ru", "ru"),
        (["kr"], "ko", "ko"),
        (["nb-NO"], "sv", "nb-NO"),
        (["gl"], "pt", "gl"),
        (["ar"], "fa", "ar"),
        (["English"], "en", "en"),
        (["xx-not-a-label!", ""], "fr", "fr"),
        ([], "it", "it"),
        (["sw"], "", "sw"),
        ([], "", ""),
    ],
)
def test_claims(claims, text, expected):
    """
    A claim is believed unless the text speaks clearly against it; then another claim, or the text itself.
    """
    sample = f"{SAMPLES[text]} {SAMPLES[text]}" if text else ""

    assert expected == spoken(claims, sample)


@pytest.mark.parametrize("claim", SAMPLES)
@pytest.mark.parametrize("language", SAMPLES)
def test_true_claim_stays(claim, language):
    """
    The text's own language is found whatever is claimed, and a true claim is never overruled.
    """
    sample = f"{SAMPLES[language]} {SAMPLES[language]}"

    assert language == spoken([language, claim], sample)


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        ("en_US.UTF-8", "en-US"),
        ("EN-us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("de-DE-formal", "de-DE"),
        ("de, en", "de"),
        ("Deutsch", "de"),
        ("jp", "ja"),
        ("es-419", "es-419"),
        ("english language", ""),
        ("e", ""),
        ("", ""),
    ],
)
def test_label(claim, label):
    """
    What pages write for a language is its BCP 47 label or nothing.
    """
    assert label == read_label(claim)


@given(st.text() | st.text(alphabet="ab ß\u0130\u0301\u00a0\u2028\u2019²½Ⅷ٣_7-.\x1c\ud800"))
def test_words(text):
    """
    A text's words are its runs of letters, whatever signs, digits and spaces part them.
    """
    assert re.findall(r"[^\W\d_]+", text) == words_of(text)


@given(claims=st.lists(st.text(max_size=12), max_size=4), text=st.text(max_size=200))
def test_any(claims, text):
    """
    Any claims and any text give a label or nothing.
    """
    label = spoken(claims, text)

    assert label == read_label(label)
