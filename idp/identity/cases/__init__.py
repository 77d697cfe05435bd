"""Doubts about who somebody is: raised with their evidence, looked for, decided by people."""
