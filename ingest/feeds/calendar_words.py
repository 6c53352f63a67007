"""Names of months and zones as they stand in feeds: data for the date parser, case-folded."""

# ruff: noqa: RUF001 - the names stand in their own scripts

from __future__ import annotations

from typing import Final
from unicodedata import normalize
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Twelve months, a paragraph a language; several spellings of one month are joined by "|". In this order: English,
#: German, and Austria's, French, Spanish, Portuguese, Italian, Dutch, Polish, Czech and Slovak, Russian, Ukrainian,
#: Swedish, Danish, Norwegian, Turkish, Hungarian, Romanian, Greek, Finnish, Estonian, Latvian, Lithuanian, Slovene and
#: Serbian, Croatian (without what is another month in Polish or Czech: lip, srp, listopada), Serbian in Cyrillic,
#: Bulgarian, Indonesian and Malay, Arabic, Hebrew.
_MONTH_NAMES: Final = """
jan|january feb|february mar|march apr|april may jun|june jul|july aug|august sep|sept|september oct|october
nov|november dec|december

jan|januar|jän|jänner feb|februar|feber mrz|mär|märz|maerz apr|april mai jun|juni jul|juli aug|august
sep|sept|september okt|oktober nov|november dez|dezember

janv|janvier févr|fév|février|fevrier|fevr mars avr|avril mai juin juil|juillet août|aout|aoû sept|septembre
oct|octobre nov|novembre déc|dec|décembre|decembre

ene|enero feb|febrero mar|marzo abr|abril may|mayo jun|junio jul|julio ago|agosto
sep|set|sept|septiembre|setiembre oct|octubre nov|noviembre dic|diciembre

jan|janeiro fev|fevereiro mar|março|marco abr|abril mai|maio jun|junho jul|julho ago|agosto set|setembro
out|outubro nov|novembro dez|dezembro

gen|gennaio feb|febbraio mar|marzo apr|aprile mag|maggio giu|giugno lug|luglio ago|agosto set|sett|settembre
ott|ottobre nov|novembre dic|dicembre

jan|januari feb|februari mrt|maart apr|april mei jun|juni jul|juli aug|augustus sep|september okt|oktober
nov|november dec|december

sty|styczeń|stycznia lut|luty|lutego mar|marzec|marca kwi|kwiecień|kwietnia maj|maja cze|czerwiec|czerwca
lip|lipiec|lipca sie|sierpień|sierpnia wrz|wrzesień|września paź|październik|października lis|listopad|listopada
gru|grudzień|grudnia

led|leden|ledna|január|januára úno|únor|února|február|februára bře|březen|března|marec|marca
dub|duben|dubna|apríl|apríla kvě|květen|května|máj|mája čvn|červen|června|jún|júna
čvc|červenec|července|júl|júla srp|srpen|srpna|augusta zář|září|septembra říj|říjen|října|október|októbra
lis|listopad|listopadu|novembra pro|prosinec|prosince|decembra

янв|январь|января фев|февр|февраль|февраля мар|март|марта апр|апрель|апреля май|мая июн|июнь|июня июл|июль|июля
авг|август|августа сен|сент|сентябрь|сентября окт|октябрь|октября ноя|нояб|ноябрь|ноября дек|декабрь|декабря

січ|січень|січня лют|лютий|лютого бер|березень|березня кві|квіт|квітень|квітня тра|трав|травень|травня
чер|черв|червень|червня лип|липень|липня сер|серп|серпень|серпня вер|вересень|вересня жов|жовт|жовтень|жовтня
лис|листоп|листопад|листопада гру|груд|грудень|грудня

jan|januari|januar feb|februari|februar mar|mars|marts apr|april maj|mai jun|juni jul|juli aug|augusti|august
sep|sept|september okt|oktober nov|november dec|des|december|desember

oca|ocak şub|şubat mar|mart nis|nisan may|mayıs haz|haziran tem|temmuz ağu|ağustos eyl|eylül eki|ekim kas|kasım
ara|aralık

jan|január febr|február márc|március ápr|április máj|május jún|június júl|július aug|augusztus szept|szeptember
okt|október nov|november dec|december

ian|ianuarie feb|februarie mar|martie apr|aprilie mai iun|iunie iul|iulie aug|august sept|septembrie
oct|octombrie noi|nov|noiembrie dec|decembrie

ιαν|ιανουάριος|ιανουαρίου φεβ|φεβρουάριος|φεβρουαρίου μαρ|μάρ|μάρτιος|μαρτίου απρ|απρίλιος|απριλίου
μαϊ|μάι|μάϊ|μάιος|μαΐου ιουν|ιούν|ιούνιος|ιουνίου ιουλ|ιούλ|ιούλιος|ιουλίου αυγ|αύγ|αύγουστος|αυγούστου
σεπ|σεπτ|σεπτέμβριος|σεπτεμβρίου οκτ|οκτώβριος|οκτωβρίου νοε|νοέ|νοεμ|νοέμβριος|νοεμβρίου
δεκ|δεκέμβριος|δεκεμβρίου

tammi|tammikuu|tammikuuta helmi|helmikuu|helmikuuta maalis|maaliskuu|maaliskuuta huhti|huhtikuu|huhtikuuta
touko|toukokuu|toukokuuta kesä|kesäkuu|kesäkuuta heinä|heinäkuu|heinäkuuta elo|elokuu|elokuuta
syys|syyskuu|syyskuuta loka|lokakuu|lokakuuta marras|marraskuu|marraskuuta joulu|joulukuu|joulukuuta

jaan|jaanuar veebr|veebruar märts|mär aprill|apr mai juuni juuli august|aug september|sept oktoober|okt
november|nov detsember|dets

janvāris|janvārī februāris|februārī marts|martā aprīlis|aprīlī maijs|maijā jūnijs|jūnijā jūlijs|jūlijā
augusts|augustā septembris|septembrī oktobris|oktobrī novembris|novembrī decembris|decembrī

sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio

januar|januara februar|februara|februarja mart|marta|marec apr|aprila|april maj|maja junij|junija|juna
julij|julija|jula avg|avgust|avgusta septembar|septembra oktobar|oktobra novembar|novembra decembar|decembra

siječanj|siječnja|sij veljača|veljače|velj ožujak|ožujka|ožu travanj|travnja svibanj|svibnja|svi lipanj|lipnja
srpanj|srpnja kolovoz|kolovoza|kol rujan|rujna|ruj okt studeni|studenoga|studenog prosinac|prosinca

јан|јануар|јануара феб|фебруар|фебруара мар|март|марта апр|април|априла мај|маја јун|јуни|јуна јул|јули|јула
авг|август|августа сеп|септембар|септембра окт|октобар|октобра нов|новембар|новембра дец|децембар|децембра

ян|яну|януари фев|февр|февруари март апр|април май юни юли авг|август сеп|септ|септември окт|октомври
ное|ноем|ноември дек|декември

januari|jan februari|feb maret|mac april|apr mei juni|jun juli|julai agu|agt|agustus|ogos september|sep
oktober|okt november|nov desember|disember|des

يناير فبراير مارس أبريل|ابريل|إبريل مايو يونيو|يونيه يوليو|يوليه أغسطس|اغسطس سبتمبر أكتوبر|اكتوبر نوفمبر ديسمبر

ינואר|בינואר פברואר|בפברואר מרץ|במרץ אפריל|באפריל מאי|במאי יוני|ביוני יולי|ביולי אוגוסט|באוגוסט
ספטמבר|בספטמבר אוקטובר|באוקטובר נובמבר|בנובמבר דצמבר|בדצמבר
"""

#: Number of the month, by name. Greek's folded "ΐ" falls into three characters, which no pattern takes for a letter.
MONTHS: Final = {
    normalize("NFC", name.casefold()): number
    for paragraph in _MONTH_NAMES.split("\n\n")
    for number, names in enumerate(paragraph.split(), start=1)
    for name in names.split("|")
}

#: Minutes east of Greenwich. IST is India's (Ireland's and Israel's are rarer in feeds), CST and EST America's as
#: RFC 822 5.1 has them; "bst" is Britain's.
ZONES: Final = {
    name: minutes
    for minutes, names in {
        0: "gmt utc ut z wet",
        60: "cet met mez bst west",
        120: "cest mest mesz eet sast cat",
        180: "eest msk eat trt",
        210: "irst",
        240: "gst msd",
        300: "pkt",
        330: "ist",
        345: "npt",
        420: "ict wib",
        480: "hkt sgt myt awst pht wita",
        540: "jst kst wit",
        570: "acst",
        600: "aest",
        630: "acdt",
        660: "aedt",
        720: "nzst",
        780: "nzdt",
        -150: "ndt",
        -180: "adt brt art",
        -210: "nst",
        -240: "edt ast clt",
        -300: "est cdt",
        -360: "cst mdt",
        -420: "mst pdt",
        -480: "pst akdt",
        -540: "akst",
        -600: "hst",
    }.items()
    for name in names.split()
}

_REGION_NAMES: Final = """
Africa/Algiers Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago America/Denver America/Halifax
America/Havana America/Lima America/Los_Angeles America/Mexico_City America/New_York America/Phoenix
America/Santiago America/Sao_Paulo America/Toronto America/Vancouver Asia/Baghdad Asia/Bangkok Asia/Beirut
Asia/Calcutta Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Kabul
Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Kuala_Lumpur Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai
Asia/Singapore Asia/Taipei Asia/Tashkent Asia/Tehran Asia/Tokyo Atlantic/Reykjavik Australia/Adelaide
Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney Europe/Amsterdam Europe/Athens
Europe/Belgrade Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Bucharest Europe/Budapest
Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kiev Europe/Kyiv Europe/Lisbon
Europe/Ljubljana Europe/London Europe/Luxembourg Europe/Madrid Europe/Minsk Europe/Moscow Europe/Oslo
Europe/Paris Europe/Prague Europe/Riga Europe/Rome Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna
Europe/Vilnius Europe/Warsaw Europe/Zagreb Europe/Zurich Etc/GMT Etc/UTC Pacific/Auckland Pacific/Honolulu
US/Central US/Eastern US/Mountain US/Pacific
"""


#: American newspapers' zones of summer and winter; "et" and "mt" are nothing else in a date.
_AMERICAN: Final = {"et": "us/eastern", "ct": "us/central", "mt": "us/mountain", "pt": "us/pacific"}


def _regions() -> dict[str, ZoneInfo]:
    """Zones of the IANA data base by lower-case name, read once at import; none where the system has no data base."""
    found = {}
    for name in _REGION_NAMES.split():
        try:
            found[name.lower()] = ZoneInfo(name)
        except ZoneInfoNotFoundError:
            continue
    return found | {short: found[name] for short, name in _AMERICAN.items() if name in found}


REGIONS: Final = _regions()
