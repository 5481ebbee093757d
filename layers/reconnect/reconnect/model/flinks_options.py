"""The deployer's choices where Flinks documents several ways."""

from enum import StrEnum


class AuthorizeMode(StrEnum):
    """Which call begins a live attempt: /AuthorizeAsync [D MSR] or /Authorize [D REC-new]."""

    ASYNC = "async"
    SYNC = "sync"


class StatusCall(StrEnum):
    """How /AuthorizeAsync is polled: POST with the RequestId in the body or the path, GET with it in the path or the
    query. Flinks documents neither method nor place, so each is supported.
    """

    POST = "post"
    GET = "get"
    POST_PATH = "post-path"
    GET_QUERY = "get-query"


class DataPoll(StrEnum):
    """How data is polled after a 202: Flinks' reference pages say GET [D GADA], its index POST."""

    GET = "get"
    POST = "post"
