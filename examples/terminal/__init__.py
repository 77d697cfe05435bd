"""A terminal that logs a person in by their telephone (RFC 8628): it shows a code and an address, and waits."""
