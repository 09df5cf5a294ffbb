"""Figures, causes, prices and verdicts in words, as every format that people read has them."""
