"""Token introspection (RFC 7662): whether a token is alive, told only to the client it was issued to and to
the resource server it is for; signed where that is asked for (RFC 9701)."""
