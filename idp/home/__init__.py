"""`/`, for who types the address: what this is, where a login starts, the way to one's own space, who is logged in.

Asks for nothing. Shows no name: whoever sits at this browser may not be who logged in.
"""
