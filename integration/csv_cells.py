"""CSV cells that a spreadsheet shows and never runs."""


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what could begin one is put behind an apostrophe."""
    # Buyers and sellers name things: "=HYPERLINK(...)" as a title would run in whoever opens the file
    # (CSV injection).
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
