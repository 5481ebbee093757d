"""Why a session ends, in words of ours."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons that `rules.endings` knows by name; a FlinksCode is a reason too, and stays text.

    The workflow carries them, and the timeline stores most of them. Two are names of errors that the workflow catches.
    """

    ACCOUNTS_FRESH = "ACCOUNTS_FRESH"
    ACCOUNTS_STALE = "ACCOUNTS_STALE"
    DATA_OLDER = "DATA_OLDER"
    DATA_INCOMPLETE = "DATA_INCOMPLETE"
    NO_ACCOUNTS = "NO_ACCOUNTS"
    CANCELLED = "CANCELLED"
    WORKFLOW_LOST = "WORKFLOW_LOST"
    USER_ABSENT = "USER_ABSENT"
    BANK_TOO_SLOW = "BANK_TOO_SLOW"
    QUEUED = "QUEUED"
    BANK_DOWN = "BANK_DOWN"
    ATTEMPT_UNCERTAIN = "AttemptUncertain"
    FLINKS_UNAVAILABLE = "FLINKS_UNAVAILABLE"
    FLINKS_UNREADABLE = "FLINKS_UNREADABLE"
    ACCOUNTS_INVALID = "ACCOUNTS_INVALID"
    DATA_GONE = "DATA_GONE"
    RESULT_NOT_STORED = "ResultNotStored"
    INSTITUTION_DISABLED = "INSTITUTION_DISABLED"
    INVALID_LOGIN = "INVALID_LOGIN"
