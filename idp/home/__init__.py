"""`/`, for who types the address: what this is, that a login starts at a service, and whether one is logged in here.

Starts no login and asks for nothing. Shows no name: whoever sits at this browser may not be who logged in.
"""
