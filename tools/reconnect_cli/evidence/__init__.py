"""The command `reconnect evidence`: what is recorded of a session, as a file whose changes can be found."""
