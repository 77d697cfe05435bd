"""A register that answers the register protocol over HTTP: given an identifier, whose is it?

Owns the protocol's server side and the page that lists the invented records. Knows no provider: any client with
the credentials may ask. The social-insurance register and the mobile operator are two uses of it.
"""
