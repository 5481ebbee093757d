"""What happened in a session, as its timeline names it."""

from enum import StrEnum


class Cause(StrEnum):
    """The causes on which a decision depends. The timeline stores them, and others that are only shown."""

    CHALLENGE_SHOWN = "challenge_shown"
    CREDENTIALS_REQUIRED = "credentials_required"
    ATTEMPT_GONE = "attempt_gone"
    # The bank needs the user, who is not there: the attempt is left, and nothing runs until the user comes.
    PARKED = "parked"
    # A click found its question still open at the bank, and goes on with it.
    RESUMED = "authorize_resumed"
    # An attempt waits until Flinks may get its requests.
    QUEUED = "queued"
    # An attempt waits until its bank, which fails most attempts, may be tried again.
    BANK_DOWN = "bank_down"
    # A visit to our page, which is no answer.
    LINK_OPENED = "link_opened"
    # The same, by the link that the page of another of the person's banks showed.
    LED_HERE = "led_here"
    CLICKED = "clicked"
    REDIRECTED = "redirected"
    PAGE_REDIRECTED = "page_redirected"
    # The user refused at the bank, or left it. No answer, and no return.
    NOT_FINISHED = "not_finished"
    REMINDED = "reminded"
    # The first event, which was held back when the session was parked.
    ASKED = "asked"
    # The user wants to be reminded later.
    SNOOZED = "snoozed"
    # These two name who asked.
    REMIND_REQUESTED = "remind_requested"
    LINK_EXTENDED = "link_extended"
    DATA_GONE = "data_gone"
    TOO_FEW_TRANSACTIONS = "too_few_transactions"
    # Fresh data was read after an end without data.
    CORRECTED = "corrected"

    def asked_by(self, caller: str) -> str:
        """The cause with the name of the caller behind it, which has no space."""
        return f"{self} {caller}"


# The user's return from Connect, from whichever page; anyone with the link or the redirect can report it.
RETURNS = frozenset(
    {Cause.REDIRECTED, Cause.PAGE_REDIRECTED, "redirected_again", "page_redirected_again", "redirected_late"}
)

# Visits to our page, which are neither an answer nor a sign of life at the bank.
VISITS = frozenset({Cause.LINK_OPENED, Cause.LED_HERE})

# Those that need the user.
ASKING = frozenset({Cause.CHALLENGE_SHOWN, Cause.CREDENTIALS_REQUIRED, Cause.ATTEMPT_GONE, Cause.PARKED})

# Those that leave an attempt, though it may still be open at the bank.
LEAVING = frozenset({Cause.ATTEMPT_GONE, Cause.PARKED})


def is_refused_answer(code: str) -> bool:
    """Whether the bank refused an answer: the codes of this family count towards a lock of the account."""
    return code.startswith("INVALID_SECURITY_RESPONSE")
