"""What the user's page says: something for each state, in both languages, in words for people."""

import re

import pytest

from reconnect.model.outcomes import RULES
from reconnect.views.sentences import SENTENCES
from reconnect.views.user_message import UserMessage
from reconnect.views.user_messages import USER_MESSAGES

MESSAGES = [pytest.param(message, id=name) for name, message in USER_MESSAGES.items()]


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text.lower()))


def test_each_state_that_callers_read_of_has_a_message_for_its_user() -> None:
    assert SENTENCES.keys() <= USER_MESSAGES.keys()
    assert {rule.sentence for rule in RULES.values()} <= USER_MESSAGES.keys()


@pytest.mark.parametrize("message", MESSAGES)
def test_both_languages_say_who_and_which_bank_alike(message: UserMessage) -> None:
    (english, french), (text, texte) = message.heading, message.text

    assert gaps(english) == gaps(french)
    assert gaps(text) == gaps(texte)
    assert all(each.strip() for each in (*message.heading, *message.text))


@pytest.mark.parametrize("message", MESSAGES)
def test_no_message_speaks_of_flinks_a_refresh_or_a_security_question(message: UserMessage) -> None:
    said = " ".join((*message.heading, *message.text)).lower()

    assert not re.search(r"flinks|refresh|actualis|security question|question de sécurité|login", said)
