"""A file of tracking numbers, as people save it."""

import pytest

from integration.commerce_orders.tracking_file import read_tracking_file
from tests.cases import case_text

HEAD = "amazon_order_id,carrier,tracking_number\n"


def faults(text: str) -> list[str]:
    return [f"{fault.line}: {fault.text}" for fault in read_tracking_file(text).faults]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}111-2223334-4445556,DHL,JJD 0123 456\n",
        "sep=;\nOrder-ID;Carrier-Code;Tracking-Number;Ship-Date\n111-2223334-4445556;DHL;JJD0123456;\n",
        "注文番号\t配送業者\tお問い合わせ番号\n１１１－２２２３３３４－４４４５５５６\tDHL\tＪＪＤ０１２３４５６\n",
        'Bestellnummer;Versanddienst;Sendungsnummer;Menge\n"=""111-2223334-4445556""";DHL;\'JJD0123456;\n',
        f"\ufeff{HEAD}\u00a0111-2223334-4445556\u00a0,DHL\u200b,JJD0123456\u3000\n",
        f"{HEAD}11122233344445556,DHL,JJD0123456\n",
    ],
)
def test_one_parcel_written_in_many_ways(text: str) -> None:
    read = read_tracking_file(text)
    assert read.faults == ()
    [line] = read.lines
    assert (line.amazon_order_id, line.carrier, line.tracking_number) == (
        "111-2223334-4445556",
        "DHL",
        "JJD0123456",
    )


def test_damage_is_refused_by_its_line_and_named_once() -> None:
    lines = ("111,UPS,4.2E+18", "112,UPS,#N/A", "113,\ufffdeská pošta,1", "114,UPS,", "1.1E+16,UPS,5")
    spoilt = "format the column as text, and enter it again."
    assert faults(HEAD + "\n".join(lines)) == [
        f"2: A spreadsheet has rounded the tracking number to '4.2E+18': {spoilt}",
        "3: '#N/A' is no tracking number.",
        "4: The carrier has a sign that cannot be read: save the file as CSV UTF-8.",
        "5: The tracking number is missing.",
        f"6: A spreadsheet has rounded the Amazon order id to '1.1E+16': {spoilt}",
    ]


def test_a_quantity_may_have_become_a_decimal_number() -> None:
    head = "amazon_order_id,carrier,tracking_number,sku,quantity\n"
    read = read_tracking_file(f"{head}111,UPS,1,A,2.0\n112,UPS,2,A,３\n")
    assert [line.quantity for line in read.lines] == [2, 3]
    assert faults(f"{head}111,UPS,1,A,2.5\n") == ["2: '2.5' is no quantity."]


def test_a_heading_that_cannot_be_read_or_says_a_thing_twice_is_refused() -> None:
    assert faults("\ufffd\ufffd,carrier,tracking_number\n1,UPS,2\n") == [
        "1: The heading has no column order_number or amazon_order_id. Its signs cannot be read for certain: "
        "save it as CSV UTF-8."
    ]
    assert faults("order_id,carrier,tracking_number,tracking_number\n1,UPS,2,3\n") == [
        "1: The heading has two columns tracking_number."
    ]
    both = read_tracking_file("order-id,carrier-code,carrier-name,tracking\n1,UPS,United,2\n")
    assert ([line.carrier for line in both.lines], both.unknown_columns) == (["UPS"], ("carrier_name",))


def test_the_forms_of_the_case() -> None:
    read = read_tracking_file(case_text("W9_tracking_spreadsheet_forms.csv"))
    assert [line.tracking_number for line in read.lines] == ["00012345678901", "0099887766"]
    assert [fault.line for fault in read.faults] == [2, 5]
