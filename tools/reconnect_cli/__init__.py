"""The `reconnect` command: opens, follows, reads and erases the sessions of a deployed service."""
