"""The days of the week, the months and what stands for them, as headlines and texts of a series name their issue."""

from __future__ import annotations

from typing import Final

from ingest.dedup.words import words

_NAMES: Final = (
    # English, German, Dutch
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday january february march "
    "april may june july august september october november december morning evening night afternoon weekend "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen gestern januar jänner februar "
    "märz mai juni juli oktober dezember abend nacht wochenende "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag gisteren januari februari maart mei augustus "
    # French, Spanish, Portuguese, Catalan, Italian, Romanian
    "lundi mardi mercredi jeudi vendredi samedi dimanche demain hier soir matin janvier février mars avril juin "
    "juillet août septembre octobre novembre décembre "
    "lunes martes miércoles jueves viernes sábado domingo hoy mañana ayer enero febrero marzo mayo junio julio agosto "
    "septiembre setiembre octubre noviembre diciembre tarde noche "
    "segunda terça quarta quinta sexta feira hoje amanhã ontem janeiro fevereiro março maio junho julho setembro "
    "outubro novembro dezembro noite manhã "
    "dilluns dimarts dimecres dijous divendres dissabte diumenge avui demà ahir "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica oggi domani ieri gennaio febbraio aprile maggio giugno "
    "luglio settembre ottobre dicembre sera mattina "
    "luni marți miercuri joi vineri sâmbătă duminică astăzi azi mâine ieri ianuarie februarie martie aprilie iunie "
    "iulie "
    # Danish, Norwegian, Swedish, Finnish
    "mandag tirsdag onsdag torsdag fredag lørdag søndag måndag tisdag lördag söndag idag imorgen imorgon igår "
    "januari februari marts maj juni juli augusti oktober "
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai tänään huomenna eilen tammikuu helmikuu "
    "maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu "
    # Polish, Czech, Slovak, Croatian, Hungarian
    "poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę dziś dzisiaj jutro wczoraj "
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia "
    "pondělí úterý středa středu čtvrtek pátek sobotu neděle neděli dnes zítra včera ledna února března dubna května "
    "června července srpna září října listopadu prosince pondelok utorok streda štvrtok piatok nedeľa zajtra včera "
    "ponedjeljak utorak srijeda četvrtak petak subota nedjelja danas sutra jučer "
    "hétfő kedd szerda csütörtök péntek szombat vasárnap ma holnap tegnap "
    # Turkish, Indonesian, Greek
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar bugün yarın dün ocak şubat mart nisan mayıs "  # noqa: RUF001 - Turkish has that letter
    "haziran temmuz ağustos eylül ekim kasım aralık "  # noqa: RUF001 - as above
    "senin selasa rabu kamis jumat sabtu minggu besok kemarin "
    "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή σήμερα αύριο χθες "
    # Russian, Ukrainian, Bulgarian
    "понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье сегодня завтра вчера января "
    "февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "понеділок вівторок середа середу четвер пʼятниця субота суботу неділя неділю сьогодні учора "
    "понеделник сряда четвъртък петък събота неделя днес утре "
    # Arabic, Persian, Hebrew, Hindi
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد اليوم غدا أمس "
    "دوشنبه شنبه یکشنبه چهارشنبه پنجشنبه جمعه امروز فردا دیروز "
    "שני שלישי רביעי חמישי שישי שבת ראשון היום מחר אתמול "
    "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार आज कल"
)

#: Days, and numbers written as words, where each letter is a word.
_LETTERS: Final = frozenset("月火水木金土日一二三四五六七八九十百千万億两兩")

#: As compared (dedup/words.py). "may" and "mars" are other words as well: one more article is published as a copy.
DAYS: Final = frozenset(word.key for word in words(_NAMES)) | _LETTERS
