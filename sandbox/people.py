"""Buyers and their addresses, made up per country. Streets are ordinary, numbers and names random."""

from dataclasses import dataclass
from random import Random

from sandbox.datasets import Json


@dataclass(frozen=True)
class Country:
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]
    """City, region, postal code."""
    companies: tuple[str, ...]
    phone: str
    street_line: str = "{number} {street}"
    person: str = "{first} {last}"


_ENGLISH = (
    "Olivia",
    "Noah",
    "Emma",
    "Liam",
    "Grace",
    "Ethan",
    "Chloe",
    "Mason",
    "Ruby",
    "Jack",
    "Zoë",
    "Seán",
)

COUNTRIES: dict[str, Country] = {
    "US": Country(
        _ENGLISH,
        ("Carter", "Nguyen", "Johnson", "O'Brien", "Garcia", "Washington", "Kowalski", "Patel"),
        ("Maple Street", "Oak Avenue", "2nd Street NE", "Lakeview Drive", "Sunset Blvd", "County Road 12"),
        (
            ("Seattle", "WA", "98109"),
            ("Austin", "TX", "78701"),
            ("Brooklyn", "NY", "11201"),
            ("Denver", "CO", "80202"),
            ("Chicago", "IL", "60614-1023"),
            ("San Juan", "PR", "00907"),
        ),
        ("Bluebird Dental LLC", "Prairie Schools District 9", "Hatch & Sons Inc."),
        "+1 206-555-01{:02d}",
    ),
    "CA": Country(
        _ENGLISH,
        ("Tremblay", "Roy", "MacDonald", "Singh", "Côté", "Wong"),
        ("Queen Street W", "Rue Sainte-Catherine", "Granville Street", "Jasper Avenue"),
        (("Toronto", "ON", "M5V 2A8"), ("Montréal", "QC", "H3B 1A7"), ("Vancouver", "BC", "V6Z 1L2")),
        ("Érable Conseil inc.", "Northern Lights Ltd."),
        "+1 416-555-01{:02d}",
    ),
    "MX": Country(
        ("Sofía", "Santiago", "Valentina", "Mateo", "Regina", "José Ángel"),
        ("Hernández", "García Peña", "Martínez", "Núñez", "Ramírez"),
        ("Av. Insurgentes Sur", "Calle Hidalgo", "Paseo de la Reforma", "Calle 5 de Mayo"),
        (
            ("Ciudad de México", "CDMX", "06600"),
            ("Guadalajara", "JAL", "44100"),
            ("Monterrey", "NL", "64000"),
        ),
        ("Papelería del Centro S.A. de C.V.",),
        "+52 55 5555 01{:02d}",
        "{street} {number}",
    ),
    "GB": Country(
        _ENGLISH,
        ("Smith", "Evans", "Patel", "Ó Súilleabháin", "Thompson", "Hughes"),
        ("High Street", "Station Road", "Church Lane", "Victoria Terrace"),
        (("London", "", "SE1 7PB"), ("Leeds", "West Yorkshire", "LS1 4AP"), ("Cardiff", "", "CF10 1EP")),
        ("Willow Tree Nursery Ltd", "Thames Print Works"),
        "+44 20 7946 01{:02d}",
    ),
    "DE": Country(
        ("Lena", "Paul", "Jürgen", "Anneliese", "Felix", "Käthe", "Murat"),
        ("Müller", "Groß", "Schäfer", "Yılmaz", "von der Heide", "Weber"),
        ("Hauptstraße", "Lindenallee", "Am Alten Markt", "Goetheweg"),
        (
            ("Berlin", "", "10115"),
            ("München", "Bayern", "80331"),
            ("Köln", "", "50667"),
            ("Görlitz", "", "02826"),
        ),
        ("Bäckerei Groß GmbH & Co. KG", "Praxis Dr. Weber"),
        "+49 30 5550 01{:02d}",
        "{street} {number}",
    ),
    "JP": Country(
        ("太郎", "花子", "健一", "美咲", "翔", "陽菜"),
        ("佐藤", "鈴木", "髙橋", "田中", "渡邊"),
        ("下目黒", "梅田", "栄", "天神"),
        (
            ("目黒区", "東京都", "153-0064"),
            ("大阪市北区", "大阪府", "530-0001"),
            ("福岡市中央区", "福岡県", "810-0001"),
        ),
        ("株式会社かえで商店",),
        "03-5555-01{:02d}",
        "{street}{number}-8-1",
        "{last} {first}",
    ),
}


@dataclass(frozen=True)
class Buyer:
    name: str
    company: str | None
    address: Json


def buyer(country_code: str, is_business: bool, random: Random) -> Buyer:
    country = COUNTRIES[country_code]
    name = country.person.format(
        first=random.choice(country.first_names), last=random.choice(country.last_names)
    )
    company = random.choice(country.companies) if is_business else None
    city, region, postal_code = random.choice(country.places)
    address = {
        "name": name,
        "addressLine1": country.street_line.format(
            street=random.choice(country.streets), number=random.randint(1, 240)
        ),
        "city": city,
        "postalCode": postal_code,
        "countryCode": country_code,
        "phone": country.phone.format(random.randint(0, 99)),
        "addressType": "COMMERCIAL" if is_business else "RESIDENTIAL",
    }
    if random.random() < 0.25:
        # Amazon sends empty strings too, as its own examples show.
        address["addressLine2"] = random.choice(("", "Apt. 4", "2F", "c/o Reception"))
    if region:
        address["stateOrRegion"] = region
    if company:
        address["companyName"] = company
    if country_code == "JP":
        # Japan's addresses have no city as a rule: region is the prefecture, the lines hold the rest.
        address["addressLine1"] = f"{address.pop('city')}{address['addressLine1']}"
    return Buyer(name, company, address)
