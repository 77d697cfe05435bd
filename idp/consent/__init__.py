"""What a person is asked or told before anything about them leaves: claim by claim, who gets it, why, from where.

Where the legal basis is consent the person may refuse and untick; where it is law the person is informed.
"""
