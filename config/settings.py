"""Every setting of the product. Values that differ between installations come from the environment."""

from datetime import timedelta
from pathlib import Path

import django_stubs_ext

from config import broker, database, env, installation, logs, notifications, queues, schedule, secrets

# Makes the bases that the type checker takes for generic (ModelAdmin, ModelForm) generic at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
# What this installation writes: keys, the local database and broker, collected static files.
VAR_DIR = env.folder("VAR_DIR", BASE_DIR, default="var")
NODE_MODULES = BASE_DIR / "node_modules"

DEPLOYMENT = env.choice("DEPLOYMENT", ("local", "production"), default="local")
IS_PRODUCTION = DEPLOYMENT == "production"
DEBUG = env.flag("DEBUG", default=False)
if DEBUG and IS_PRODUCTION:
    env.refuse("DEBUG", "must be 0 in production")

# --- Keys ---
SECRET_KEY = secrets.check_secret_key(
    "SECRET_KEY",
    secrets.read_or_make("SECRET_KEY", VAR_DIR, is_production=IS_PRODUCTION, make=secrets.make_secret_key),
    is_production=IS_PRODUCTION,
)
# Keys of their own for sessions and for sealed rows: a leaked session key opens none of those.
FIELD_ENCRYPTION_KEYS = secrets.check_field_keys(
    "FIELD_ENCRYPTION_KEYS",
    secrets.read_or_make(
        "FIELD_ENCRYPTION_KEYS", VAR_DIR, is_production=IS_PRODUCTION, make=secrets.make_field_key
    ),
)
SEARCH_HASH_KEY = secrets.check_secret_key(
    "SEARCH_HASH_KEY",
    env.text("SEARCH_HASH_KEY") or secrets.derive(SECRET_KEY, purpose="search-hash"),
    is_production=IS_PRODUCTION,
)

# --- Amazon ---
env.must_be_absent(
    "SP_API_DEFAULT_MARKETPLACE", "must not be set: it would override the marketplace of every store"
)
env.must_be_absent(
    "AWS_ENV", "must not be SANDBOX: it would change Amazon's host; use SPAPI_ENDPOINT", value="SANDBOX"
)
# Empty: Amazon's own hosts by region. Set: another server in Amazon's place, e.g. the sandbox.
SPAPI_ENDPOINT = env.url("SPAPI_ENDPOINT", ("https", "http")).rstrip("/")
SPAPI_LWA_URL = env.url("SPAPI_LWA_URL", ("https", "http"))
SPAPI_CLIENT_ID = env.text("SPAPI_CLIENT_ID")
SPAPI_CLIENT_SECRET = env.text("SPAPI_CLIENT_SECRET")
# When the secret was made; without it, it counts from when it was first seen here.
SPAPI_CLIENT_SECRET_SINCE = env.day("SPAPI_CLIENT_SECRET_SINCE")

# --- Amazon's notifications: without a queue everything works by polling ---
NOTIFICATIONS_QUEUE_URL = env.url("NOTIFICATIONS_QUEUE_URL", ("https", "http"))
# Another server that speaks SQS, in place of Amazon's.
NOTIFICATIONS_ENDPOINT_URL = env.url("NOTIFICATIONS_ENDPOINT_URL", ("https", "http"))
notifications.require_endpoint(
    "NOTIFICATIONS_ENDPOINT_URL", NOTIFICATIONS_QUEUE_URL, NOTIFICATIONS_ENDPOINT_URL
)
NOTIFICATIONS_QUEUE_ARN = notifications.queue_arn(
    "NOTIFICATIONS_QUEUE_ARN", NOTIFICATIONS_QUEUE_URL, region=env.text("AWS_REGION")
)
NOTIFICATIONS_REGION = notifications.region_of(NOTIFICATIONS_QUEUE_ARN)

# --- Applications ---
INSTALLED_APPS = [
    "backoffice",
    "integration",
    "amazon_orders",
    "commerce",
    "backoffice.admin_config.BackOfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "lucide",
]
# In this order: the keys are checked when the first one is built, so no request is served with the
# wrong ones; the request's name comes before all that may log.
MIDDLEWARE = [
    "integration.installation.key_check.RequireFittingKeys",
    "backoffice.request_ids.NameRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backoffice.pages.people.devices.NoteDevice",
    # Last: it answers in place of a sign-in that was locked out.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data ---
DATABASES = {"default": database.from_url("DATABASE_URL", BASE_DIR, default=VAR_DIR / "db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Background work ---
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", broker.FILESYSTEM)
if CELERY_BROKER_URL != broker.FILESYSTEM:
    env.url("CELERY_BROKER_URL", ("redis", "rediss"))
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(CELERY_BROKER_URL, VAR_DIR / "broker")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Workers mostly wait for Amazon; threads share their process's slots (integration/scheduler/bulkhead.py).
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY", default=4, at_least=1, at_most=64)
# The rows are the truth of what is due: few messages in hand, each given back when its worker dies.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_QUEUES = queues.QUEUES
CELERY_TASK_ROUTES = queues.ROUTES
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A web request must not wait for a broker that is away: the row is the job, and beat finds it.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = schedule.TIMETABLE | (schedule.NOTIFICATIONS if NOTIFICATIONS_QUEUE_URL else {})
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_TIMEZONE = "UTC"

# --- People ---
AUTH_USER_MODEL = "integration.User"
AUTHENTICATION_BACKENDS = [
    # First: it refuses a locked-out account before its password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "backoffice.pages.people.sign_in.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
# Accounts are made by an administrator, who knows the person behind the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
# Passwords are counted by axes, in the database. This second limit stays for the six digits of the second
# factor, which axes never sees, and is wide enough never to fire first.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "60/m/ip,20/30m/key"}
# Whoever has forgotten a password is told the same, whether there is such a person or not.
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "backoffice.pages.people.sign_in.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A telephone whose clock is half a minute off still signs in.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Amazon orders"
MFA_REQUIRED = env.flag("MFA_REQUIRED", default=IS_PRODUCTION)
# An invitation is good for so long.
INVITATION_VALID_DAYS = env.integer("INVITATION_VALID_DAYS", default=7, at_least=1, at_most=30)
# Amazon's policy: personal data goes 30 days after delivery at the latest.
PERSONAL_DATA_KEPT_DAYS = env.integer("PERSONAL_DATA_KEPT_DAYS", default=30, at_least=1, at_most=30)
# Records for people: nothing is decided by them.
COMMUNICATION_ERRORS_KEPT_DAYS = env.integer(
    "COMMUNICATION_ERRORS_KEPT_DAYS", default=30, at_least=1, at_most=3650
)
PROOFS_KEPT_DAYS = env.integer("PROOFS_KEPT_DAYS", default=400, at_least=31, at_most=3650)
SYNC_RUNS_KEPT_DAYS = env.integer("SYNC_RUNS_KEPT_DAYS", default=30, at_least=1, at_most=3650)
# Amazon's policy asks for twelve months; the database refuses to delete a younger entry.
AUDIT_KEPT_DAYS = env.integer("AUDIT_KEPT_DAYS", default=730, at_least=366, at_most=3650)
# Ten: fewer would lock people out by their own typing; with half an hour each, a guesser has 480 tries
# a day.
AXES_FAILURE_LIMIT = 10
# Not by address: a whole warehouse may come from one, and a guesser from many.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_ON_SUCCESS = True
# Else anybody could keep an account locked for ever by trying on.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "config.sign_in.account_name"
AXES_CLIENT_IP_CALLABLE = "config.sign_in.client_address"
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "backoffice.pages.people.sign_in.locked_out"

# --- Mail, for forgotten passwords ---
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", default=587, at_least=1, at_most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "amazon-orders@localhost")
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
else:
    # Without a mail server a link is shown on the local console, and to nobody in production.
    EMAIL_BACKEND = f"django.core.mail.backends.{'dummy' if IS_PRODUCTION else 'console'}.EmailBackend"

# --- The web ---
PORT = env.integer("PORT", default=8000, at_least=1, at_most=65535)
ALLOWED_HOSTS = env.items(
    "ALLOWED_HOSTS", default=("127.0.0.1", "localhost", "[::1]"), accept=env.is_host, expected="a host name"
)
# Whose database this is: one that belongs to another installation is worked on in read-only mode.
INSTALLATION_ID = installation.read_or_make(VAR_DIR, ALLOWED_HOSTS, is_production=IS_PRODUCTION)
CSRF_TRUSTED_ORIGINS = env.items(
    "CSRF_TRUSTED_ORIGINS", accept=env.is_origin, expected="an origin such as https://shop.example"
)
WEB_PROCESSES = env.integer("WEB_PROCESSES", default=3 if IS_PRODUCTION else 1, at_least=1, at_most=64)
WEB_THREADS = env.integer("WEB_THREADS", default=8, at_least=1, at_most=64)
# How many proxies stand in front; the last one ends TLS and itself sets X-Forwarded-Proto and -For.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", default=0, at_least=0, at_most=9)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Only behind a proxy that sets it: believed from anybody, it would make plain HTTP count as HTTPS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# A variable of its own, not only DEPLOYMENT: behind a proxy that redirects by itself, or in a closed
# network, it is switched off.
HTTPS_ONLY = env.flag("HTTPS_ONLY", default=IS_PRODUCTION)
SECURE_SSL_REDIRECT = HTTPS_ONLY
# Probes come straight from the container's own network, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_HTTPONLY = False
SILENCED_SYSTEM_CHECKS = [
    # The browsers' preload list is entered for a whole domain: its owner's decision, not this product's.
    "security.W021",
    # Wrong passwords are counted per account, whatever address or browser they come from.
    "axes.W006",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # Tabler draws its check boxes and arrows as data: images.
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static files ---
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
# WhiteNoise warns at the start of a folder that is not there.
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [path for path in (BASE_DIR / "static",) if path.is_dir()]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.static_files.NodePackagesFinder",
]
# Locally the files are served from where they lie; production collects them, with a hash in each name.
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- REST ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backoffice.api.authentication.BearerToken"],
    # Views of ours ask for a permission each (backoffice.api.permissions); one that forgot to is for staff.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backoffice.api.problems.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Amazon orders",
    "DESCRIPTION": "Amazon orders, what keeps them from being imported, and the Commerce orders they become.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # From our own origin: the strict policy above lets nothing else in.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Words, times, logs ---
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOG_LEVEL = env.choice(
    "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO", normalize=str.upper
)
LOG_FORMAT = env.choice("LOG_FORMAT", ("console", "json"), default="json" if IS_PRODUCTION else "console")
LOGGING = logs.dictionary(LOG_FORMAT, LOG_LEVEL)
