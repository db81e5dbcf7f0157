"""The ballot box (票箱): its own database, addresses and middleware; it knows nothing of what is voted on, nor of who votes."""
