"""The region of an address in the code that carriers know: "Calif." is CA. Pure; what is not known stays.

Only where the code is part of how addresses are written: the United States with their territories and
military post, Canada, Mexico.
"""

import unicodedata

_US = """
AL Alabama|Ala; AK Alaska; AZ Arizona|Ariz; AR Arkansas|Ark; CA California|Calif|Cal; CO Colorado|Colo;
CT Connecticut|Conn; DE Delaware|Del; FL Florida|Fla; GA Georgia; HI Hawaii; ID Idaho; IL Illinois|Ill;
IN Indiana|Ind; IA Iowa; KS Kansas|Kans|Kan; KY Kentucky; LA Louisiana; ME Maine; MD Maryland;
MA Massachusetts|Mass; MI Michigan|Mich; MN Minnesota|Minn; MS Mississippi|Miss; MO Missouri; MT Montana|Mont;
NE Nebraska|Nebr|Neb; NV Nevada|Nev; NH New Hampshire; NJ New Jersey; NM New Mexico|N Mex; NY New York;
NC North Carolina|N Car; ND North Dakota|N Dak; OH Ohio; OK Oklahoma|Okla; OR Oregon|Ore|Oreg;
PA Pennsylvania|Penn|Penna; RI Rhode Island; SC South Carolina|S Car; SD South Dakota|S Dak;
TN Tennessee|Tenn;
TX Texas|Tex; UT Utah; VT Vermont; VA Virginia; WA Washington|Wash|Washington State;
WV West Virginia|W Va|W Virginia; WI Wisconsin|Wis|Wisc; WY Wyoming|Wyo;
DC District of Columbia|Washington DC|Washington D C; PR Puerto Rico;
VI Virgin Islands|US Virgin Islands|USVI;
GU Guam; AS American Samoa; MP Northern Mariana Islands|Northern Marianas|CNMI; UM US Minor Outlying Islands;
FM Micronesia|Federated States of Micronesia; MH Marshall Islands; PW Palau;
AA Armed Forces Americas;
AE Armed Forces Europe|Armed Forces Africa|Armed Forces Middle East|Armed Forces Canada;
AP Armed Forces Pacific
"""
_CA = """
AB Alberta|Alta; BC British Columbia|Colombie Britannique; MB Manitoba|Man;
NB New Brunswick|Nouveau Brunswick;
NL Newfoundland and Labrador|Newfoundland|Labrador|NF|Terre Neuve et Labrador; NS Nova Scotia|Nouvelle Ecosse;
NT Northwest Territories|NWT|Territoires du Nord Ouest; NU Nunavut; ON Ontario|Ont;
PE Prince Edward Island|PEI|Ile du Prince Edouard; QC Quebec|Que|PQ; SK Saskatchewan|Sask;
YT Yukon|Yukon Territory
"""
_MX = """
AGU Aguascalientes|Ags; BCN Baja California|BC; BCS Baja California Sur; CAM Campeche|Camp; CHP Chiapas|Chis;
CHH Chihuahua|Chih; COA Coahuila|Coah|Coahuila de Zaragoza; COL Colima; DUR Durango|Dgo; GUA Guanajuato|Gto;
GRO Guerrero; HID Hidalgo|Hgo; JAL Jalisco; MEX Estado de Mexico|Mexico|Edomex|Edo de Mexico|Edo Mex;
CMX Ciudad de Mexico|CDMX|Mexico City|Distrito Federal|DF|DIF; MIC Michoacan|Mich|Michoacan de Ocampo;
MOR Morelos; NAY Nayarit; NLE Nuevo Leon|NL; OAX Oaxaca; PUE Puebla; QUE Queretaro|Qro; ROO Quintana Roo|QR;
SLP San Luis Potosi; SIN Sinaloa; SON Sonora; TAB Tabasco; TAM Tamaulipas|Tamps; TLA Tlaxcala|Tlax;
VER Veracruz|Veracruz de Ignacio de la Llave; YUC Yucatan; ZAC Zacatecas
"""
# Sent as countries of their own, these are regions of the United States all the same.
_TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP", "UM"})


def _plain(text: str) -> str:
    """Without case, accents, dots, dashes and superfluous blanks."""
    bare = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", text.replace("&", " and "))
        if not unicodedata.combining(sign)
    )
    return " ".join("".join(sign if sign.isalnum() else " " for sign in bare).upper().split())


def _read(table: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    for entry in table.split(";"):
        code, _, names = entry.strip().partition(" ")
        codes.update(dict.fromkeys([code, *(_plain(name) for name in names.split("|"))], code))
    return codes


_BY_COUNTRY = {"US": _read(_US), "CA": _read(_CA), "MX": _read(_MX)}


def normalized(region: str, *, country: str) -> str:
    """The region's code; an unknown region, or one of another country, as it is, without outer blanks.

    A territory that is sent as a country of its own and names no region is its own region.
    """
    code = country.strip().upper()
    if code in _TERRITORIES:
        return _BY_COUNTRY["US"].get(_plain(region), code if not region.strip() else region.strip())
    known = _BY_COUNTRY.get(code, {})
    words = _plain(region)
    # "N.Y." and "D. F." are letters with blanks between them by now.
    return known.get(words) or known.get(words.replace(" ", "")) or region.strip()
