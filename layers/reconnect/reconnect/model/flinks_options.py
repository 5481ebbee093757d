"""What Flinks leaves open, as choices of the deployer."""

from enum import StrEnum


class AuthorizeMode(StrEnum):
    """Which call begins a live attempt: /AuthorizeAsync [D MSR] or /Authorize [D REC-new]."""

    ASYNC = "async"
    SYNC = "sync"


class StatusCall(StrEnum):
    """How /AuthorizeAsync is asked about a RequestId. Flinks documents neither method nor place, so both exist."""

    POST = "post"
    GET = "get"
