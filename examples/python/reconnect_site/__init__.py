"""A site that brings its user to Flinks Connect, and the consumer of the service's events. To be copied."""
