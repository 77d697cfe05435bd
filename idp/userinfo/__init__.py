"""The UserInfo endpoint (OpenID Connect Core 5.3): the claims that were released, to who holds the access token."""
