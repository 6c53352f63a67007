"""Query parameters that do not change which article an address is: data for the URL key, lower-case."""

from __future__ import annotations

import re
from typing import Final

#: Parameters of analytics, advertising and mail tools; their value never matters.
_TRACKING_NAMES_LIST: Final = """
_branch_match_id _cb _ga _gac _gl _kx _openstat _ref _sp _x_tr_hist _x_tr_hl _x_tr_pto _x_tr_sl _x_tr_tl
action_object_map action_ref_map action_type_map adgroupid algo_pvid asc_campaign asc_refurl asc_source bxid
campaign_id campaignid ceid cjevent ck_subscriber_id clickid click_id cmp cmpid cndid csauthresp dclid dgcid dicbo
ecid ef_id elqtrack elqtrackid emc epik esrc et_cid et_rid ex_cid fbclid fdid feature_share feedname feedtype fref
ftag ftcamp gad_source gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig hpid hsctatracking icid icmp
ig_mid ig_rid igsh igshid int_source intcid intcmp irclickid ito li_fat_id linkid maca mbid msclkid mkevt mkcid
mkrid mkt_tok ncid ndid nr_email_referer ns_campaign ns_fee ns_linkname ns_mchannel ns_source obclickid
oborigurl ocid oicd origin_share outbrainclickid pgtype ranmid raneaid ransiteid rb_clickid recruiter
redirectedfrom ref_ ref_src ref_url referrer refid reflink refsrc rss_feed s_cid s_campaign s_kwcid sara_ecid sc_cid
scid scm share_id share_type sharetype sh_kit si_share smd smid smprod smtyp smvar soc_src soc_trk socialshare spm
sr_share sref srnd srsltid taid tblci tduid traffic_source trk trkcampaign trkid ttclid twclid ufi usqp uta_source
vgo_ee wbraid wickedid wpisrc wpmm wpmk wprss wt.mc_id wt_mc wt_zmc xing_share xtcr xtor xtref yclid ysclid zanpid
gad_campaignid _ke rdt_cid mibextid outbrain wprov zarsrc
__cft__ __cft__[0] __s __source __tn__ __twitter_impression aff_id affid
"""
TRACKING_NAMES: Final = frozenset(_TRACKING_NAMES_LIST.split())

#: First parts of names that whole families of such parameters share.
TRACKING_PREFIXES: Final = (
    "utm_",
    "utm-",
    "utm.",
    "utmsource",
    "mtm_",
    "matomo_",
    "piwik_",
    "pk_",
    "itm_",
    "stm_",
    "hsa_",
    "_hs",
    "__hs",
    "hs_",
    "mc_",
    "vero_",
    "oly_",
    "cx_",
    "ga_",
    "fb_",
    "guce_",
    "at_",
    "trk_",
    "sfmc_",
    "sc_campaign",
    "email_",
    "_bta_",
    "amp_js",
    "amp_gsa",
    "aspsessionid",
    "wt.",
)

#: Session identifiers that change with each visitor.
_SESSION_NAMES_LIST: Final = """
phpsessid jsessionid sessionid session_id cfid cftoken zenid s_id osid
"""
SESSION_NAMES: Final = frozenset(_SESSION_NAMES_LIST.split())

#: Names that say where a reader came from on some sites and which article on others: dropped only with a value that
#: names a channel, so "source=rss" goes and "source=41" stays.
_CHANNEL_NAMES_LIST: Final = """
camp campaign channel cid cmp from medium origin ref referer src source share shared via output feed format
"""
CHANNEL_NAMES: Final = frozenset(_CHANNEL_NAMES_LIST.split())
_CHANNEL_WORDS_LIST: Final = """
alert alerts app atom bluesky email facebook fb feed feedburner flipboard google googlenews homepage instagram linkedin
mail mastodon newsletter newsletters nl push rss rss2 share social syndication telegram tw twitter web whatsapp xml
"""
CHANNEL_WORDS: Final = frozenset(_CHANNEL_WORDS_LIST.split())
CHANNEL_SPLIT: Final = re.compile(r"[^a-z0-9]+")

#: Names whose values are words where they track, and numbers where they are the article's.
WORD_NAMES: Final = frozenset(["mod", "partner", "session"])
#: Of the families above these are no trackers: "at_id=12" is a page of a site's own.
OWN_NAMES: Final = frozenset(f"{family}_id" for family in ("at", "cx", "email", "fb", "ga", "hs", "stm", "trk"))

#: Names of another view on the same article, dropped with a value that switches it ("m=1", "print=true").
_VIEW_NAMES_LIST: Final = """
amp _amp is_amp isamp ampmode m mobile nomobile ismobile touch print printable print_view printview printerfriendly
printpage rss noredirect no_redirect redirected nocache single singlepage single_page reload
"""
VIEW_NAMES: Final = frozenset(_VIEW_NAMES_LIST.split())
VIEW_VALUES: Final = frozenset(["", "0", "1", "true", "false", "yes", "no", "y", "on"])
_VIEW_SWITCHES_LIST: Final = """
view outputtype output output_type service display mode version
"""
VIEW_SWITCHES: Final = frozenset(_VIEW_SWITCHES_LIST.split())
_VIEW_WORDS_LIST: Final = """
amp mobile print printable desktop html rss feed
"""
VIEW_WORDS: Final = frozenset(_VIEW_WORDS_LIST.split())

#: First pages: "page=1" shows what no parameter shows.
PAGE_NAMES: Final = frozenset(["page", "pg", "paged", "pagenum"])

_SESSION_VALUE: Final = re.compile(r"(?=.*[0-9])(?=.*[a-z])[a-z0-9]{16,128}")


def is_tracking(name: str, value: str) -> bool:
    """True if the parameter (name and value decoded, lower-case) does not change which article is meant."""
    if name in OWN_NAMES:
        return False
    if name in TRACKING_NAMES or name in SESSION_NAMES or name.startswith(TRACKING_PREFIXES):
        return True
    if name in WORD_NAMES:
        return not value.isdecimal()
    if name in VIEW_NAMES and value in VIEW_VALUES:
        return True
    if name in VIEW_SWITCHES and value in VIEW_WORDS:
        return True
    if name in PAGE_NAMES:
        return value == "1"
    if name == "sid":
        return _SESSION_VALUE.fullmatch(value) is not None
    return name in CHANNEL_NAMES and not CHANNEL_WORDS.isdisjoint(CHANNEL_SPLIT.split(value))
