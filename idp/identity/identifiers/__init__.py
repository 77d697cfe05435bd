"""The numbers a citizen may type, as values: parsed, canonical, masked.

Whether a number exists, and whose it is, only its register knows. Never a primary key, never in `sub`.
"""
