"""The values of CarrierCode in Amazon's feed schema (amzn-base.xsd, public client libraries, 2021).

Whether confirmShipment refuses any other word is not certain; the harder variant does.
"""

from pathlib import Path

KNOWN = frozenset(Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines())
