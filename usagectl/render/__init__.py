"""Reports to text: a renderer gets finished figures and adds none."""
