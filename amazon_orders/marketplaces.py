"""Amazon's marketplaces: where they are, what they charge in, which endpoint and token serve them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


class UnknownMarketplace(LookupError):
    """No marketplace has this code or id; the text names the codes that exist."""


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One of Amazon's shops. `region` is the group whose endpoint and consent it shares."""

    code: str
    marketplace_id: str
    country: str
    region: str
    domain: str
    currency: str
    time_zone: ZoneInfo

    @property
    def flag(self) -> str:
        """The country's flag as an emoji."""
        return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in self.country_code)

    @property
    def country_code(self) -> str:
        """ISO 3166: Amazon says UK where ISO says GB."""
        return "GB" if self.code == "UK" else self.code

    @property
    def seller_central_url(self) -> str:
        """The root of Seller Central for this marketplace."""
        return f"https://sellercentral.amazon.{self.domain}"

    def seller_central_order_url(self, amazon_order_id: str) -> str:
        """The page of one order in Seller Central."""
        return f"{self.seller_central_url}/orders-v3/order/{amazon_order_id}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a region's SP-API answers, and the region name its client wants."""

    url: str
    aws_region: str


ENDPOINTS = {
    "NA": Endpoint("https://sellingpartnerapi-na.amazon.com", "us-east-1"),
    "EU": Endpoint("https://sellingpartnerapi-eu.amazon.com", "eu-west-1"),
    "FE": Endpoint("https://sellingpartnerapi-fe.amazon.com", "us-west-2"),
}

# Amazon's page "Marketplace IDs"; the id is what every call carries.
_ROWS = """
US ATVPDKIKX0DER  NA com    USD America/Los_Angeles United States
CA A2EUQ1WTGCTBG2 NA ca     CAD America/Toronto     Canada
MX A1AM78C64UM0Y8 NA com.mx MXN America/Mexico_City Mexico
BR A2Q3Y263D00KWC NA com.br BRL America/Sao_Paulo   Brazil
UK A1F83G8C2ARO7P EU co.uk  GBP Europe/London       United Kingdom
DE A1PA6795UKMFR9 EU de     EUR Europe/Berlin       Germany
FR A13V1IB3VIYZZH EU fr     EUR Europe/Paris        France
IT APJ6JRA9NG5V4  EU it     EUR Europe/Rome         Italy
ES A1RKKUPIHCS9HS EU es     EUR Europe/Madrid       Spain
NL A1805IZSGTT6HS EU nl     EUR Europe/Amsterdam    Netherlands
BE AMEN7PMS3EDWL  EU com.be EUR Europe/Brussels     Belgium
SE A2NODRKZP88ZB9 EU se     SEK Europe/Stockholm    Sweden
PL A1C3SOZRARQ6R3 EU pl     PLN Europe/Warsaw       Poland
IE A28R8C7NBKEWEA EU ie     EUR Europe/Dublin       Ireland
TR A33AVAJ2PDY3EV EU com.tr TRY Europe/Istanbul     Turkey
AE A2VIGQ35RCS4UG EU ae     AED Asia/Dubai          United Arab Emirates
SA A17E79C6D8DWNP EU sa     SAR Asia/Riyadh         Saudi Arabia
EG ARBP9OOSHTCHU  EU eg     EGP Africa/Cairo        Egypt
IN A21TJRUUN4KGV  EU in     INR Asia/Kolkata        India
ZA AE08WJ6YKNBMC  EU co.za  ZAR Africa/Johannesburg South Africa
JP A1VC38T7YXB528 FE co.jp  JPY Asia/Tokyo          Japan
AU A39IBJ37TRP1C6 FE com.au AUD Australia/Sydney    Australia
SG A19VAU5U5O7RUS FE sg     SGD Asia/Singapore      Singapore
"""


def _read(row: str) -> Marketplace:
    code, marketplace_id, region, domain, currency, zone, country = row.split(maxsplit=6)
    return Marketplace(code, marketplace_id, country, region, domain, currency, ZoneInfo(zone))


MARKETPLACES = tuple(_read(row) for row in _ROWS.strip().splitlines())
_BY_CODE = {marketplace.code: marketplace for marketplace in MARKETPLACES} | {
    "GB": next(marketplace for marketplace in MARKETPLACES if marketplace.code == "UK")
}
_BY_ID = {marketplace.marketplace_id: marketplace for marketplace in MARKETPLACES}


def by_code(code: str) -> Marketplace:
    """The marketplace of a two-letter code, e.g. "US". Raises UnknownMarketplace."""
    try:
        return _BY_CODE[code.strip().upper()]
    except KeyError:
        known = ", ".join(marketplace.code for marketplace in MARKETPLACES)
        raise UnknownMarketplace(f"There is no marketplace {code!r}; choose one of {known}.") from None


def id_of_name(name: str) -> str:
    """The id of a marketplace by the name it has in orders, e.g. "Amazon.co.uk"; else nothing."""
    wanted = name.strip().casefold()
    return next((one.marketplace_id for one in MARKETPLACES if f"amazon.{one.domain}" == wanted), "")


def by_id(marketplace_id: str) -> Marketplace:
    """The marketplace of Amazon's id. Raises UnknownMarketplace."""
    try:
        return _BY_ID[marketplace_id]
    except KeyError:
        raise UnknownMarketplace(f"There is no marketplace with the id {marketplace_id!r}.") from None


def zone_of(marketplace_id: str) -> ZoneInfo:
    """The time zone of the marketplace's days. Raises UnknownMarketplace."""
    return by_id(marketplace_id).time_zone
