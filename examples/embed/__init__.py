"""A fintech's own site that sends its user to Connect, by our link or embedded in its own page."""
