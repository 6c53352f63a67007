"""The days of the week, the months and what stands for them, as headlines and texts of a series name their issue."""

from __future__ import annotations

from typing import Final

from ingest.dedup.words import words

_NAMED: Final = (
    # English, German, Dutch
    "monday tuesday wednesday thursday friday saturday sunday january february march "
    "april may june july august september october november december "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar jänner februar "
    "märz mai juni juli oktober dezember "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart mei augustus "
    # French, Spanish, Portuguese, Catalan, Italian, Romanian
    "lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin "
    "juillet août septembre octobre novembre décembre "
    "lunes martes miércoles jueves viernes sábado domingo enero febrero marzo mayo junio julio agosto "
    "septiembre setiembre octubre noviembre diciembre "
    "segunda terça quarta quinta sexta janeiro fevereiro março maio junho julho setembro "
    "outubro novembro dezembro "
    "dilluns dimarts dimecres dijous divendres dissabte diumenge "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio giugno "
    "luglio settembre ottobre dicembre "
    "luni marți miercuri joi vineri sâmbătă duminică ianuarie februarie martie aprilie iunie "
    "iulie "
    # Danish, Norwegian, Swedish, Finnish
    "mandag tirsdag onsdag torsdag fredag lørdag søndag måndag tisdag lördag söndag "
    "januari februari marts maj juni juli augusti oktober "
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai tammikuu helmikuu "
    "maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu "
    # Polish, Czech, Slovak, Croatian, Hungarian
    "poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę "
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia "
    "pondělí úterý středa středu čtvrtek pátek sobotu neděle neděli ledna února března dubna května "
    "června července srpna září října listopadu prosince pondelok utorok streda štvrtok piatok nedeľa "
    "ponedjeljak utorak srijeda četvrtak petak subota nedjelja "
    "hétfő kedd szerda csütörtök péntek szombat vasárnap "
    # Turkish, Indonesian, Greek
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar ocak şubat mart nisan mayıs "  # noqa: RUF001 - Turkish has that letter
    "haziran temmuz ağustos eylül ekim kasım aralık "  # noqa: RUF001 - as above
    "senin selasa rabu kamis jumat sabtu minggu "
    "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή "
    # Russian, Ukrainian, Bulgarian
    "понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье января "
    "февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "понеділок вівторок середа середу четвер пʼятниця субота суботу неділя неділю "
    "понеделник сряда четвъртък петък събота неделя "
    # Arabic, Persian, Hebrew, Hindi
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد "
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر "
    "دوشنبه شنبه یکشنبه چهارشنبه پنجشنبه جمعه "
    "שני שלישי רביעי חמישי שישי שבת ראשון "
    "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"
)

#: What stands for a day, or a part of one: another desk writes it in another's place ("on Tuesday", "yesterday").
_MOMENTS: Final = (
    "today tomorrow tonight yesterday morning evening night afternoon weekend "
    "heute morgen gestern abend nacht wochenende "
    "vandaag gisteren "
    "demain hier soir matin "
    "hoy mañana ayer tarde noche "
    "hoje amanhã ontem noite manhã feira "
    "avui demà ahir "
    "oggi domani ieri sera mattina "
    "astăzi azi mâine "
    "idag imorgen imorgon igår "
    "tänään huomenna eilen "
    "dziś dzisiaj jutro wczoraj "
    "dnes zítra včera zajtra "
    "danas sutra jučer "
    "ma holnap tegnap "
    "bugün yarın dün "  # noqa: RUF001 - as above
    "besok kemarin "
    "σήμερα αύριο χθες "
    "сегодня завтра вчера "
    "сьогодні учора "
    "днес утре "
    "اليوم غدا أمس "
    "امروز فردا دیروز "
    "היום מחר אתמול "
    "आज कल"
)

#: Days, and numbers written as words, where each letter is a word.
_LETTERS: Final = frozenset("月火水木金土日一二三四五六七八九十百千万億两兩")

#: As compared (dedup/words.py). "may" and "mars" are other words as well: one more article is published as a copy.
NAMED_DAYS: Final = frozenset(word.key for word in words(_NAMED))
DAYS: Final = NAMED_DAYS | frozenset(word.key for word in words(_MOMENTS)) | _LETTERS
