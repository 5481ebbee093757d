"""One module per function, and the steps they share."""
