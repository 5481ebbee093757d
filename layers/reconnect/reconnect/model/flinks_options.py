"""The deployer's choices where Flinks documents several ways."""

from enum import StrEnum


class AuthorizeMode(StrEnum):
    """Which call begins a live attempt: /AuthorizeAsync [D MSR] or /Authorize [D REC-new]."""

    ASYNC = "async"
    SYNC = "sync"


class StatusCall(StrEnum):
    """How /AuthorizeAsync is polled for a RequestId. Flinks does not document the method, so both are supported."""

    POST = "post"
    GET = "get"
