#!/bin/sh
# Run once by the postgres image, on an empty data folder: two databases, and two roles that see one each.
# Passwords are read by psql itself, so that none stands in a list of processes.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\set site `cat /run/secrets/site_password`
\set box `cat /run/secrets/box_password`
SET log_min_error_statement = panic;
CREATE ROLE cadre_site LOGIN PASSWORD :'site';
CREATE ROLE cadre_box LOGIN PASSWORD :'box';
CREATE DATABASE site OWNER cadre_site;
CREATE DATABASE box OWNER cadre_box;
REVOKE ALL ON DATABASE site, box FROM PUBLIC;
SQL
