"""Flinks' answers to DeleteCard, and what to do about each."""

# INVALID_LOGIN: Flinks does not know the login, or no longer does.
_GONE = ("DELETED", "INVALID_LOGIN")
_TODO = {
    "CARD_IN_USE": "An attempt of ours may still be open at the bank: send the same request again in ten minutes.",
    "FLINKS_UNAVAILABLE": "It did not answer: send the same request again.",
    "FLINKS_UNREADABLE": "Its answer could not be read: send the same request again.",
}
_OTHERWISE = "If the same request does not help, ask Flinks' support what the code means."


def what_to_do_about(card: str | None) -> str | None:
    """Return a sentence that says what to do after this answer to DeleteCard; None if there is nothing to do."""
    if card is None or card in _GONE:
        return None
    return f"All our data is deleted, but Flinks did not delete the card ({card}). {_TODO.get(card, _OTHERWISE)}"
