"""Device authorization (RFC 8628): a device without a keyboard shows a code, a person types it in a browser of theirs.

Owns the code, what a device may ask for, and the page where the code is compared. The login that follows is the one of
every service, to its end; how it ends, and how the device polls, `idp.authorization_server.polled_requests` knows.
"""
