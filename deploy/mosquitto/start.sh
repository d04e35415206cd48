#!/bin/sh
# Runs Mosquitto and lets it take new logins. Coldshed writes `passwords` and `acl` into $LOGINS; Mosquitto reads
# a copy of its own, since it runs as another user, and gets SIGHUP when there is a new one. Until the first
# logins come nobody is let in. For sh of eclipse-mosquitto:2 (busybox) and of Debian.
set -eu
CONFIG=${CONFIG:-/mosquitto/config/mosquitto.conf}
LOGINS=${LOGINS:-/logins}
OWN=${OWN:-/mosquitto/data/logins}
EVERY=${EVERY:-2}

mine() {
    chmod 600 "$1"
    if [ "$(id -u)" = 0 ]; then chown mosquitto "$1"; fi
}

# Whether one of the files is new. A half-written one is never seen: Coldshed puts them there whole.
take() {
    new=no
    for file in passwords acl; do
        if [ -f "$LOGINS/$file" ] && ! cmp -s "$LOGINS/$file" "$OWN/$file"; then
            cp "$LOGINS/$file" "$OWN/.$file"
            mine "$OWN/.$file"
            mv "$OWN/.$file" "$OWN/$file"
            new=yes
        fi
    done
    [ "$new" = yes ]
}

umask 077
mkdir -p "$OWN"
if [ "$(id -u)" = 0 ]; then chown mosquitto "$OWN"; fi
for file in passwords acl; do
    [ -f "$OWN/$file" ] || : >"$OWN/$file"
    mine "$OWN/$file"
done
take || true

mosquitto -c "$CONFIG" &
broker=$!
trap 'kill -TERM $broker 2>/dev/null || true' TERM INT
while kill -0 $broker 2>/dev/null; do
    sleep "$EVERY" &
    wait $! || true # a signal ends the wait
    if take; then kill -HUP $broker; fi
done
wait $broker
