"""`make schemas`: write every document that is made of others."""

from devtools.schemas.documents import EVENTS, written_documents


def main() -> None:
    """Write them all; an event that is no more loses its schema."""
    documents = written_documents()
    for stale in set(EVENTS.glob("*.json")) - documents.keys():
        stale.unlink()
    for path, text in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
