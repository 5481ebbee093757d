"""How erase_login answers: what was erased, and a receipt of it for a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconnect.runtime.aws import service
from reconnect.runtime.callers import caller_of, name_in_timeline
from reconnect.runtime.http import HttpReply, reply_json
from reconnect.usecases.erase_login import Erasure
from reconnect.views.evidence_document import erasure_document


def reply_erased(event: Mapping[str, Any], erasure: Erasure, sessions: Sequence[str]) -> HttpReply:
    """Return {sessions, results, wasKnown, card, receipt}; `sessions`: the ids that this request erased."""
    receipt = erasure_document(
        sessions=sessions,
        results=erasure.results,
        was_known=erasure.was_known,
        card=erasure.card,
        at=service().ports.clock(),
        by=name_in_timeline(caller_of(event)),
        request=str(event["requestContext"].get("requestId", "")),
    )
    return reply_json(
        200,
        {
            "sessions": erasure.sessions,
            "results": erasure.results,
            "wasKnown": erasure.was_known,
            "card": erasure.card,
            "receipt": receipt,
        },
    )
