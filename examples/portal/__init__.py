"""A public-service portal on Starlette: a service that lets citizens in through MotCua with the SDK alone."""
