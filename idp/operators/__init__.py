"""Staff: who they are, what each role may do, and when a second pair of eyes counts. Knows no page and no command.

An operator is a person like any other, plus a row that says which roles they hold; how they log in is the login's.
"""
