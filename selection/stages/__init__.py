"""The stages of a selection, one module each: its requirements and its acts (选任环节)."""
