"""Password hashing at a cost that a small server can bear.

Django's Argon2 defaults take 100 MiB for every log-in in progress.  These are the parameters that OWASP lists first
for Argon2id at 19 MiB: a log-in stays slow for an attacker and forty people may sign in at once.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SmallArgon2(Argon2PasswordHasher):
    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
