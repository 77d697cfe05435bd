"""Token revocation (RFC 7009): a client gives a token back; the answer never tells whether it was one."""
