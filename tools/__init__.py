"""Tools for building, trying and checking the project; the site itself uses only ``tools.servers`` in a trial."""
