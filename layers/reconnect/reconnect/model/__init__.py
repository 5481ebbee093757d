"""What things are: no clock, no port, no input or output."""
