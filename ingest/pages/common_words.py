"""The commonest short words of running text by language, of our own counting and knowledge."""

# ruff: noqa: RUF001 - the words stand in their own scripts

from __future__ import annotations

#: Words that two languages share help neither of them.
COMMON_WORDS = {
    "en": "the of and to in that is for it with as was on are be by at this have from his he not but they which you "
    "an or were",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach",
    "fr": "le la les de des et en du un une est que dans pour qui sur par plus au avec il ne se ce pas sont aux "
    "cette mais ont été",
    "es": "el la los las de que y en un una del por con para se su es al lo como más no sus pero ha fue sobre este "
    "entre también",
    "it": "il la di che e in un una del della per con non sono si è da le dei al nel alla ha gli più anche come ma "
    "i lo dell",
    "pt": "o a os as de que e do da em um uma para com não por no na mais dos das se ao como foi mas são pelo "
    "também à pela",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er die hij ook bij als om maar uit door nog "
    "naar worden heeft",
    "pl": "i w na z się nie do że jest to o jak po od za przez ale dla są co tego oraz także już przed który czy "
    "może był jego",
    "cs": "a v na se je že s z do o k i jako pro by ale po za které který jsou to bude byl ve od podle při však "
    "jeho také už",
    "sk": "a v na sa je že s z do o k aj ako pre by ale po za ktoré ktorý sú to bude bol vo od podľa pri však jeho "
    "tiež už",
    "sv": "och i att en som det är på för av med den till inte har de ett om var han från men vi kan så också efter "
    "ska sig när",
    "da": "og i at en som det er på for af med den til ikke har de et om var han fra men vi kan så også efter skal "
    "sig når blev",
    "no": "og i å en som det er på for av med den til ikke har de et om var han fra men vi kan så også etter skal "
    "seg når ble",
    "fi": "ja on ei että se oli hän ovat mutta kun myös joka ole sen tai mukaan jos vain hänen kuin jo niin sekä "
    "nyt ollut vuoden",
    "tr": "ve bir bu için de da ile olarak çok daha olan en gibi kadar sonra ne ancak var ise olduğu değil göre ya "
    "her dedi oldu",
    "id": "yang dan di dari untuk ini dengan itu tidak dalam pada akan ke juga adalah oleh tersebut telah bisa "
    "karena saat sudah kami",
    "vi": "và của là có cho được trong với không các đã một những người này khi đến về ra tại cũng từ theo sẽ vào "
    "năm ông đó",
    "ro": "și de la în a cu pe că din nu o pentru este care se mai au fi un să sau dar după prin fost al ale sunt",
    "hu": "a az és hogy nem is egy ez van de meg már csak mint el volt még ha azt lesz ki akkor szerint kell vagy után",
    "ca": "el la els les de que i en un una del per amb es al no més ha com són aquest però també ser va dels pel",
    "et": "ja on ei et see oli ka kui ta mis aga oma ning siis nii kes seda mida või välja veel ole üle pärast",
    "lv": "un ir ka no par ar uz nav bet kas tas arī lai pēc vai gan pie tā tiek bija šo savu līdz",
    "lt": "ir kad yra tai į iš su bet ne ar o kaip dėl buvo jis už po taip nuo prie savo per apie jau",
    "sr": "i je da se na u za su od sa ne će što to koji kao ali bi biti ili iz nije po koja samo kako bio",
    "sl": "in je da se na v za so ki z pa ne bi po tudi kot od s bo še ali iz to kar več pri",
    "ru": "и в не на что с по как это но из у за от для его он же о бы к до при так или уже был также было",
    "uk": "і в не на що з та як це але за від для його він у до про й є бути був також під час які",
    "bg": "и на да се е в за от с не по като че са това който ще но при той до има или след",
}
