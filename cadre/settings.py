"""One settings file for every place; places differ by the environment variables that .env.example lists.

With nothing set this is the trial site: servers of its own under ``var/``, demonstration on, reachable from this
machine alone.
"""

import secrets
import warnings
from datetime import timedelta
from pathlib import Path

from audit.chain import HASHES
from cadre import env, logs
from tools import servers

BASE_DIR = Path(__file__).resolve().parent.parent

# --- what differs between places ---------------------------------------------------------------------------------

DATA_ROOT = env.path("DATA_ROOT", BASE_DIR / "var")
DOOR = env.choice("DOOR", logs.DOORS)
"""Which door this process opens: that of the site, or that of the box (票箱), which is a process of its own.

The box is given neither the site's database nor the queue, and its SECRET_KEY signs nothing and is kept nowhere.
"""
AT_THE_BOX = DOOR == "box"
EMBEDDED = not AT_THE_BOX and not env.given("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL")
_own = servers.addresses(DATA_ROOT)

DATABASES: dict[str, dict[str, object]]
if AT_THE_BOX:
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.dummy"},
        "box": env.database("BOX_DATABASE_URL", _own.door, env.text("BOX_DATABASE_PASSWORD", "")),
    }
    SECRET_KEY, CELERY_BROKER_URL, DEMONSTRATION = secrets.token_urlsafe(48), "", False
    BALLOT_KEY, BOX_KEY = "", env.secret("BOX_KEY", DATA_ROOT / "secrets")
else:
    DATABASES = {
        "default": env.database("DATABASE_URL", _own.site, env.text("DATABASE_PASSWORD", "")),
        "box": env.database("BOX_DATABASE_URL", _own.box, env.text("BOX_DATABASE_PASSWORD", "")),
    }
    SECRET_KEY = env.secret("SECRET_KEY", DATA_ROOT / "secrets")
    BALLOT_KEY, BOX_KEY = env.secret("BALLOT_KEY", DATA_ROOT / "secrets"), ""
    CELERY_BROKER_URL = env.broker("REDIS_URL", _own.redis, env.text("REDIS_PASSWORD", ""))
    DEMONSTRATION = env.boolean("DEMONSTRATION", default=not env.given("DATABASE_URL"))
BOX_DOOR_DATABASE_URL = env.text("BOX_DOOR_DATABASE_URL", _own.door if EMBEDDED else "")
"""As whom `serve` lets the box's process into the box's database: an account that may add ballots and no more."""
RECORD_HASH = env.choice("RECORD_HASH", HASHES)
"""The hash of the whole record, chosen before its first entry and never changed: SHA-256, or SM3."""
if not AT_THE_BOX and RECORD_HASH in HASHES[1:]:
    _options: dict[str, str] = DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
    _options["options"] = f"{_options.get('options', '')} -c audit.hash={RECORD_HASH}".strip()
NOTARY_DATABASE_URL = env.text("NOTARY_DATABASE_URL", _own.notary if EMBEDDED else "")
"""As whom `serve` lets the notary into the site's database: an account that reads entries and adds to their tree."""
NOTARY_STATE = env.path("NOTARY_STATE", DATA_ROOT / "notary")
"""The notary's own folder: its key, how far it has signed, and the public key for everybody."""
NOTARY_KEY = env.text("NOTARY_KEY", "")
"""The notary's public key where its folder is on another machine."""

SEAL_CERTIFICATES = "" if AT_THE_BOX else env.text("SEAL_CERTIFICATES", "")
"""The certificates whose seals on papers are this site's, in PEM."""
SEAL_KEYSTORE = None if AT_THE_BOX or not env.given("SEAL_KEYSTORE") else env.path("SEAL_KEYSTORE", DATA_ROOT)
SEAL_PASSPHRASE = "" if AT_THE_BOX else env.text("SEAL_PASSPHRASE", "")
SEAL_HOOK = "" if AT_THE_BOX else env.text("SEAL_HOOK", "")
"""With what the worker seals papers: a key of its own with the passphrase, or a function that asks a seal server."""

CLOCK_FILE = env.path("CLOCK_FILE", DATA_ROOT / "clock") if DEMONSTRATION or env.given("CLOCK_FILE") else None
BIND = env.text("BIND", "127.0.0.1:8000")
BOX_BIND = env.text("BOX_BIND", env.next_port(BIND))
BOX_JITTER = env.number("BOX_JITTER", 8)
SITE_ADDRESS = env.text("SITE_ADDRESS", f"http://{BIND}").rstrip("/")
BOX_ADDRESS = env.text("BOX_ADDRESS", "").rstrip("/")
"""How members reach the box; where it is not set, by the name they have used for the site and the box's own port."""
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
PAPERS_ROOT = env.path("PAPERS_ROOT", DATA_ROOT / "papers")
FONTS_ROOT = env.path("FONTS_ROOT", DATA_ROOT / "fonts")
RULEBOOK_ROOT = env.path("RULEBOOK_ROOT", BASE_DIR / "selection" / "rulebook" / "data")
IDLE_MINUTES = env.number("IDLE_MINUTES", 120, at_least=5)

DEBUG = False

# --- the parts ---------------------------------------------------------------------------------------------------

OF_THE_BOX = ["django.contrib.staticfiles", "selection.ballots", "cadre"]
"""All that the box's process loads: no account, session, message or record is there to be asked."""
INSTALLED_APPS = (
    OF_THE_BOX
    if AT_THE_BOX
    else [
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "guardian",
        "axes",
        "csp",
        "audit",
        "selection.register",
        "selection.ballots",
        "selection",
        "cadre",
    ]
)

MIDDLEWARE = [
    "cadre.middleware.RequestIsNumbered",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "cadre.middleware.SessionStaysWhileUsed",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cadre.middleware.OfficeRequiresLogIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
# The box (票箱): no session, no account, no CSRF token, no messages, nothing that numbers a request.
BOX_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "selection.ballots.middleware.BoxLanguage",
]
ROOT_URLCONF = "cadre.urls"
if AT_THE_BOX:
    BOX_MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")  # no voter asks the site for a style
    MIDDLEWARE, ROOT_URLCONF = BOX_MIDDLEWARE, "cadre.box_urls"
WSGI_APPLICATION = "cadre.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {}
        if AT_THE_BOX
        else {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "selection.web.doors.doors",
            ],
            "libraries": {"cadre": "selection.web.tags"},
            "builtins": ["selection.web.tags"],
        },
    },
]

# --- databases ---------------------------------------------------------------------------------------------------

for _database in DATABASES.values():
    _database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
DATABASE_ROUTERS = ["selection.ballots.router.BoxRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the record (纪实): what stands above that floor -------------------------------------------------------------

AUDIT_LOOKED_AT = "selection.acts.looked_at"
AUDIT_CLOCK = "selection.clock.now"
AUDIT_ACTIONS = "selection.enums.Act"
AUDIT_FILE = "selection.documents.filing.read"

# --- accounts ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "selection.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["cadre.hashers.SmallArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/office/log-in/"
LOGIN_REDIRECT_URL = "/office/"
LOGOUT_REDIRECT_URL = LOGIN_URL

GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None

AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"

# --- cookies and headers -----------------------------------------------------------------------------------------

_https = (BOX_ADDRESS if AT_THE_BOX else SITE_ADDRESS).startswith("https://")
OFFICE = "/office/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "office"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = OFFICE
SESSION_COOKIE_AGE = IDLE_MINUTES * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = False  # the proxy before the site speaks TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer" if AT_THE_BOX else "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}

FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # beyond it an upload goes to a temporary file
DATA_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024  # a file of 20 MB with the form around it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
if AT_THE_BOX:  # a ballot is a few hundred bytes, and nothing of it may come to lie on a disk
    DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
    FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- language and time -------------------------------------------------------------------------------------------

USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- static files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_ROOT / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cadre.static.HashedModules"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "jpg", "jpeg", "gif", "webp", "woff", "woff2", "ttf", "otf", "gz", "br"]

# --- the clock ---------------------------------------------------------------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # every task may be done twice without harm
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}  # no task waits: time lives in Deadline rows
CELERY_TASK_PUBLISH_RETRY = False  # a page never waits for the broker: the next scan does the work
QUEUE_BRIEFLY = {  # somebody waits, and a queue may take the connection and still say nothing
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "keep_deadlines": {
        "task": "selection.tasks.keep_deadlines",
        "schedule": 60.0,
        "options": {"expires": 55},  # after an outage one scan is enough
    },
    "keep_verified": {"task": "audit.tasks.keep_verified", "schedule": 60.0, "options": {"expires": 55}},
}

# --- logs: what went wrong, never about whom ---------------------------------------------------------------------

_log_format = env.choice("LOG_FORMAT", logs.FORMATS)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "not_the_box": {"()": "cadre.logs.NotTheBox"},
        "not_a_probe": {"()": "cadre.logs.NotAProbe"},
        "without_words": {"()": "cadre.logs.WithoutWords"},
    },
    "formatters": {"ours": {"()": "cadre.logs.formatter", "kind": _log_format, "door": DOOR}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "ours",
            "filters": ["not_the_box", "not_a_probe", "without_words"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "axes": {"handlers": [], "level": "CRITICAL", "propagate": False},  # its lines carry user names
    },
}

warnings.filterwarnings("error", category=RuntimeWarning, message=r".*received a naive datetime.*")
