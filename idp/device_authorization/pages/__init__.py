"""The pages where a person types the code of a device, compares it, and begins the login or says it is not theirs.

They work without scripts. Whoever has only the address with the code in it (RFC 8628 §3.3.1) is asked the same.
"""
