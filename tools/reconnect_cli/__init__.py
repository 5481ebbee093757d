"""The `reconnect` command: sessions of a deployed service, opened, followed, read and erased."""
