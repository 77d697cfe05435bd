"""The tax authority of the sandbox: an OpenID provider of its own, with tax code and password.

Small and strict: code flow, PKCE S256, ES256, one client, no session, everything in memory. It knows MotCua only
as that one client. Written from OpenID Connect Core 1.0 and the RFCs it cites, on joserfc.
"""
