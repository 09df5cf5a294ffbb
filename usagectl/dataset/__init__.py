"""What was loaded: calls and stages of some runs with their doubts, and what of them is looked at.

Names no format: what is particular to one, its reader offers (`usagectl.readers.core.format`).
"""
