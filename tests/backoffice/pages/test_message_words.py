from backoffice.pages.frame import words
from backoffice.pages.operations import message_words
from integration.messages.codes import Code


def test_every_message_has_a_title_of_its_own_and_one_that_is_gone_keeps_its_words() -> None:
    titles = {message_words.title(code) for code in Code}
    assert len(titles) == len(Code)
    assert titles.isdisjoint(words.sentence(code) for code in Code if code != Code.CANCELED_AFTER_SHIPPING)
    assert message_words.title("OLD_TROUBLE") == "Old trouble"
