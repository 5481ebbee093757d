"""`reconnect listen`: shows the events of a service as they come."""
