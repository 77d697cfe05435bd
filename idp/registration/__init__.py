"""Services that register themselves (RFC 7591, RFC 7592, OpenID Connect Registration 1.0). In the sandbox only.

Owns what a program may say of itself and who may change it later. Reads metadata with the same rules as an operator's
file (`idp.protocol.client_metadata`); the settings refuse to switch this on in production.
"""
