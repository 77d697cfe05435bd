"""The OpenID Provider. Its packages are the steps of a login and the endpoints of the specifications."""
