"""Why calls failed: rules, and messages made ready to be judged by them.

Takes and returns frames; knows no usage, so that messages from anywhere can be judged.
"""
