"""A message of a feed that comes to nothing, and the codes that say why."""

BAD_DOCUMENT, BAD_ORDER, BAD_STATE, BAD_AMOUNT = "5000", "18026", "20007", "26010"


class Refused(Exception):
    """One message comes to nothing."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
