"""The contracts of the service in `schemas/`: what is written by hand there, and what `make schemas` makes of it."""

from devtools.schemas.documents import EVENTS, SCHEMAS, read_api, written_documents

__all__ = ["EVENTS", "SCHEMAS", "read_api", "written_documents"]
