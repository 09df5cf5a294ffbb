"""Lines for a terminal: texts cut and wrapped for a width, and tables laid out for it."""
