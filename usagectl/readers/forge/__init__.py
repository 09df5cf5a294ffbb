"""Forge: audit events, and the trails that they belong to.

Knows no other format.
"""
