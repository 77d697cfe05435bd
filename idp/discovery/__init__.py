"""What the provider can do (OpenID Connect Discovery, RFC 8414) and its public keys. Says exactly what is on."""
