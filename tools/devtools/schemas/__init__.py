"""The contracts of the service in `schemas/`, and the documents that `make schemas` makes of them and of the code."""

from devtools.schemas.documents import EVENTS, SCHEMAS, read_api, written_documents

__all__ = ["EVENTS", "SCHEMAS", "read_api", "written_documents"]
