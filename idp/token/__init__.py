"""The token endpoint (RFC 6749 §3.2): a code or a refresh token in, tokens out. Knows no page and no person."""
