"""Amazon's marketplaces, as the SP-API documentation lists them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Marketplace:
    code: str
    """What people call it; the country code except for the United Kingdom."""
    id: str
    country: str
    currency: str
    language: str
    domain: str

    @property
    def name(self) -> str:
        return "Amazon." + self.domain

    @property
    def digits(self) -> int:
        return 0 if self.currency == "JPY" else 2


_ROWS = (
    ("US", "ATVPDKIKX0DER", "US", "USD", "en_US", "com"),
    ("CA", "A2EUQ1WTGCTBG2", "CA", "CAD", "en_CA", "ca"),
    ("MX", "A1AM78C64UM0Y8", "MX", "MXN", "es_MX", "com.mx"),
    ("BR", "A2Q3Y263D00KWC", "BR", "BRL", "pt_BR", "com.br"),
    ("UK", "A1F83G8C2ARO7P", "GB", "GBP", "en_GB", "co.uk"),
    ("DE", "A1PA6795UKMFR9", "DE", "EUR", "de_DE", "de"),
    ("FR", "A13V1IB3VIYZZH", "FR", "EUR", "fr_FR", "fr"),
    ("IT", "APJ6JRA9NG5V4", "IT", "EUR", "it_IT", "it"),
    ("ES", "A1RKKUPIHCS9HS", "ES", "EUR", "es_ES", "es"),
    ("NL", "A1805IZSGTT6HS", "NL", "EUR", "nl_NL", "nl"),
    ("BE", "AMEN7PMS3EDWL", "BE", "EUR", "fr_BE", "com.be"),
    ("IE", "A28R8C7NBKEWEA", "IE", "EUR", "en_IE", "ie"),
    ("SE", "A2NODRKZP88ZB9", "SE", "SEK", "sv_SE", "se"),
    ("PL", "A1C3SOZRARQ6R3", "PL", "PLN", "pl_PL", "pl"),
    ("TR", "A33AVAJ2PDY3EV", "TR", "TRY", "tr_TR", "com.tr"),
    ("SA", "A17E79C6D8DWNP", "SA", "SAR", "ar_SA", "sa"),
    ("AE", "A2VIGQ35RCS4UG", "AE", "AED", "en_AE", "ae"),
    ("EG", "ARBP9OOSHTCHU", "EG", "EGP", "ar_EG", "eg"),
    ("ZA", "AE08WJ6YKNBMC", "ZA", "ZAR", "en_ZA", "co.za"),
    ("IN", "A21TJRUUN4KGV", "IN", "INR", "en_IN", "in"),
    ("JP", "A1VC38T7YXB528", "JP", "JPY", "ja_JP", "co.jp"),
    ("AU", "A39IBJ37TRP1C6", "AU", "AUD", "en_AU", "com.au"),
    ("SG", "A19VAU5U5O7RUS", "SG", "SGD", "en_SG", "sg"),
)
MARKETPLACES = tuple(Marketplace(*row) for row in _ROWS)
_BY_NAME = {name: place for place in MARKETPLACES for name in (place.code, place.id)}


def marketplace(code_or_id: str) -> Marketplace:
    return _BY_NAME[code_or_id]
