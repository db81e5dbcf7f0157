"""The ballot box (票箱): its own database, addresses and middleware; it knows neither the matter nor the voter."""
