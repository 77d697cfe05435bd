"""Token introspection (RFC 7662): whether a token is alive, told only to the client it was issued to."""
