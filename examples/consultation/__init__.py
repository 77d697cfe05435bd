"""A policy-consultation site on Flask: a second service, of another sector, connected with the SDK alone."""
