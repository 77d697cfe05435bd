"""What services are told about people they know, as signed Security Event Tokens (RFC 8417) pushed to them (RFC 8935).

Knows no merge and no lock: `idp.identity` wrote the messages with the change they tell of.
"""
