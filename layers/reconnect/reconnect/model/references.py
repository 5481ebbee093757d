"""The callers' own names for a user and for a purpose, sealed, so that a session can be found by them.

A `userRef` may turn out to be a mail address. So only its seal is stored, which says nothing without the secret.
"""

from reconnect.model.signing import mac

# 96 bits, which are enough to tell references apart, and short: each started kilobyte of a record is billed.
_LENGTH = 16


def seal_user(secret: bytes, user_ref: str) -> str:
    """The seal of a caller's name for their user, 16 characters."""
    return mac(secret, "user-ref", user_ref)[:_LENGTH]


def seal_correlation(secret: bytes, correlation_id: str) -> str:
    """The seal of a caller's name for the purpose of a request, 16 characters."""
    return mac(secret, "correlation-id", correlation_id)[:_LENGTH]
