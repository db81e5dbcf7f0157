"""Our record beside three packages that keep a history of rows, each on the same model (同类软件对照).

They run in a process of their own, with settings and a database of their own: the site knows nothing of them.
"""
