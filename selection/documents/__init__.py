"""Papers that the system makes and files that people file (文书、材料)."""
