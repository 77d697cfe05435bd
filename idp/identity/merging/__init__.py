"""Two people become one, and two again; every issued `sub` goes on."""
