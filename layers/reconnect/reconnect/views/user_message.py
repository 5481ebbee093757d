"""One message of the user's page, and what it offers to do next."""

from enum import StrEnum

from reconnect.model.frozen import frozen


class Next(StrEnum):
    """The one thing that an ending offers to do next."""

    RETURN = "return"
    RETRY = "retry"
    CONTACT = "contact"
    CLOSE = "close"


@frozen
class UserMessage:
    """A heading and a text, each in English and French, and what to do next.

    `at_bank`: the user must first do something at the bank's own site.
    """

    heading: tuple[str, str]
    text: tuple[str, str]
    next: Next = Next.RETURN
    at_bank: bool = False

    def heading_in(self, language: str | None) -> str:
        """Return the heading in this language (`en` or `fr`), or else in English."""
        return self.heading[language == "fr"]

    def text_in(self, language: str | None) -> str:
        """Return the text in this language (`en` or `fr`), or else in English."""
        return self.text[language == "fr"]


def next_offered(message: UserMessage, *, can_return: bool, can_contact: bool) -> Next:
    """Return what the page offers, given whether there is an address to return to and somebody to contact."""
    offers = {Next.RETURN: can_return, Next.RETRY: can_return, Next.CONTACT: can_contact, Next.CLOSE: True}
    ways = (message.next, Next.CLOSE) if message.next is Next.CLOSE else (message.next, Next.RETURN, Next.CONTACT)
    return next((way for way in ways if offers[way]), Next.CLOSE)
