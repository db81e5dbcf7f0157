#!/bin/sh
# Run once by the postgres image, on an empty data folder: two databases, and their roles.  Those of the site are the
# ones of cadre/database_roles.py, which says what each is for: none that is in daily use owns anything.  cadre_auditor
# has no password until somebody gives it one.  Two see the box: the owner of its tables, by whom ballots are prepared
# and counted, and cadre_door, by whom members cast them.  What each may do is given by migrate.
# On a server that is there already, `manage.py database_roles` makes those of the site; whoever may make roles runs the
# statements below for the box by hand.
# Passwords are read by psql itself, so that none stands in a list of processes.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\set migrate `cat /run/secrets/migrate_password`
\set site `cat /run/secrets/site_password`
\set box `cat /run/secrets/box_password`
\set door `cat /run/secrets/door_password`
\set notary `cat /run/secrets/notary_password`
SET log_min_error_statement = panic;
CREATE ROLE cadre_owner NOLOGIN;
CREATE ROLE cadre_migrate LOGIN PASSWORD :'migrate';
GRANT cadre_owner TO cadre_migrate;
ALTER ROLE cadre_migrate SET role = 'cadre_owner';
CREATE ROLE cadre_site LOGIN PASSWORD :'site';
CREATE ROLE cadre_box LOGIN PASSWORD :'box';
CREATE ROLE cadre_door LOGIN PASSWORD :'door';
CREATE ROLE cadre_notary LOGIN PASSWORD :'notary';
CREATE ROLE cadre_auditor LOGIN;
CREATE DATABASE site OWNER cadre_owner;
CREATE DATABASE box OWNER cadre_box;
REVOKE ALL ON DATABASE site, box FROM PUBLIC;
GRANT CONNECT ON DATABASE box TO cadre_door;
GRANT CONNECT ON DATABASE site TO cadre_migrate;
GRANT CONNECT ON DATABASE site TO cadre_site;
GRANT CONNECT ON DATABASE site TO cadre_notary;
GRANT CONNECT ON DATABASE site TO cadre_auditor;
-- No statement, parameter or key of a ballot comes into a log, whatever the server itself is told.
ALTER DATABASE box SET log_statement = none;
ALTER DATABASE box SET log_duration = off;
ALTER DATABASE box SET log_min_duration_statement = -1;
ALTER DATABASE box SET log_min_duration_sample = -1;
ALTER DATABASE box SET log_min_error_statement = panic;
ALTER DATABASE box SET log_error_verbosity = terse;
ALTER DATABASE box SET log_parameter_max_length = 0;
ALTER DATABASE box SET log_parameter_max_length_on_error = 0;
ALTER DATABASE box SET log_transaction_sample_rate = 0;
ALTER DATABASE box SET debug_print_parse = off;
ALTER DATABASE box SET debug_print_rewritten = off;
ALTER DATABASE box SET debug_print_plan = off;
SQL
