"""How gunicorn runs, in a trial as in a container: ``gunicorn --config python:cadre.web_server cadre.wsgi``."""

workers = 2
threads = 4
graceful_timeout = 10
timeout = 120
loglevel = "warning"
logger_class = "cadre.logs.WebServerLog"
control_socket_disable = True
