"""`make schemas`: write every generated document."""

from devtools.schemas.documents import EVENTS, written_documents


def main() -> None:
    """Write all documents; delete the schemas of events that no longer exist."""
    documents = written_documents()
    for stale in set(EVENTS.glob("*.json")) - documents.keys():
        stale.unlink()
    for path, text in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
