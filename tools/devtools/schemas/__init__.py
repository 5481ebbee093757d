"""The service's contracts in `schemas/`, and the documents that `make schemas` generates from them and the code."""

from devtools.schemas.documents import EVENTS, SCHEMAS, read_api, written_documents

__all__ = ["EVENTS", "SCHEMAS", "read_api", "written_documents"]
