"""The law as dated, cited data (选任依据).

``values`` what a rule can say, ``keys`` which rules there are, ``book`` reads the data, ``lint`` refuses what is wrong
with it, ``rules`` answers what is in force, ``workdays`` counts days.  Nothing of ours is imported here.
"""
