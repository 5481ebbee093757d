"""What a reconnect is and how it proceeds. Pure: standard library only, no I/O."""
