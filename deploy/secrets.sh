#!/bin/sh
# The first start of docker-compose.yml: draws what the services need to know of each other, each once, into a
# folder for each that reads it. What is there already stays, so that it may as well have been put there by hand.
set -eu
SECRETS=${SECRETS:-/secrets}
umask 022

draw() { # a password of 48 digits and letters, good in any address and on any command line
    head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

# keep FILE TEXT: whole or not at all, also when the power goes
keep() {
    mkdir -p "$(dirname "$SECRETS/$1")"
    [ -s "$SECRETS/$1" ] && return 0
    printf '%s\n' "$2" >"$SECRETS/$1.new"
    sync "$SECRETS/$1.new"
    mv "$SECRETS/$1.new" "$SECRETS/$1"
    sync "$(dirname "$SECRETS/$1")"
}

keep influxdb/password "$(draw)"
keep influxdb/token "$(draw)"
keep postgres/password "$(draw)"
keep coldshed/history_token "$(cat "$SECRETS/influxdb/token")"
keep coldshed/database_url "postgresql://coldshed:$(cat "$SECRETS/postgres/password")@postgres:5432/coldshed"
keep coldshed/mqtt_url "mqtt://coldshed-service:$(draw)@mosquitto:1883"
keep coldshed/admin_password "$(draw)"

# Volumes come as root's; the image's user writes into these two.
if id coldshed >/dev/null 2>&1; then chown coldshed /data /logins; fi
echo "the account admin begins with the password in /secrets/coldshed/admin_password, unless COLDSHED_ADMIN_PASSWORD is set"
