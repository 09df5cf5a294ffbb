"""Claude Code: sessions of the agent.

Knows no other format.
"""
