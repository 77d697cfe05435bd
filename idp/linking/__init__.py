"""The step that settles whose record it is: told, proved now, proved on another device, looked at, or left apart.

Owns the pages of a doubt and of a source to be added. What a second login proves, `idp.authentication` decides; who
is merged with whom, `idp.identity`. Shows names of fields, never a value and never whose record says otherwise.
"""
