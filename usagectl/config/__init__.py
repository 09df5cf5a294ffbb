"""What users write: `usagectl.yaml`, other YAML and JSON files with line and key, gates as text.

Knows what may be written, not what is done with it. Gates are read here and not in `gates`, since
`usagectl.yaml` is checked as a whole by whatever command reads it.
"""
