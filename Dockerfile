# One image for web, box, worker, beat and the commands; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

# Papers are set with Pango; without these three the site runs and prints from the browser.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cadre \
    && install -d -m 755 /var/lib/cadre \
    && install -d -m 700 -o cadre -g cadre /var/lib/cadre/papers /var/lib/cadre/fonts /var/lib/cadre/backups

WORKDIR /srv/cadre
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --only-binary=:all: --requirement requirements.txt

COPY manage.py ./
COPY cadre cadre
COPY selection selection
COPY audit audit
COPY templates templates
COPY static static
COPY locale locale
COPY tools tools

ENV DATA_ROOT=/var/lib/cadre LOG_FORMAT=json LANG=C.UTF-8 PYTHONUNBUFFERED=1

# The key signs nothing: it is that of this one command.  Static files become part of the image, so nothing is
# written when a container starts.
RUN python tools/messages.py compile \
    && SECRET_KEY=of-the-build-alone python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q . \
    && chmod -R a+rX /srv/cadre /var/lib/cadre/static

ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "python:cadre.web_server", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "cadre.wsgi"]
