"""Pushed authorization requests (RFC 9126): the request travels from server to server, the browser carries a name."""
