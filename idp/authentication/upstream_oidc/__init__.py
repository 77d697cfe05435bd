"""A source that is an OpenID provider of its own (the tax authority, VNeID): we are its relying party.

Owns the authorization code flow with it. Reuses the pure validation of our SDK; knows no page, no person.
"""
