"""A source that is a register with a phone on file (social insurance): the number is typed, the code goes there.

Owns the rules on which phone may be believed. Whether the number is known shows in no answer.
"""
