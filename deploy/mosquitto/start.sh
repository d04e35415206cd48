#!/bin/sh
# Runs Mosquitto and lets it take new logins. Coldshed writes `passwords` and `acl` into $LOGINS; Mosquitto reads
# a copy of its own, since it runs as another user, and gets SIGHUP when there is a new one. Until the first
# logins come nobody is let in. Ends a Mosquitto that accepts connections and answers none for a minute, so that the
# container starts again. For sh of eclipse-mosquitto:2 (busybox) and of Debian.
set -eu
CONFIG=${CONFIG:-/mosquitto/config/mosquitto.conf}
LOGINS=${LOGINS:-/logins}
OWN=${OWN:-/mosquitto/data/logins}
EVERY=${EVERY:-2}
ANSWER=${ANSWER:-5}

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

# Whether it answers, also by a refusal. `timeout` ends with 124 or 143.
answers() {
    command -v mosquitto_pub >/dev/null || return 0
    code=0
    timeout "$ANSWER" mosquitto_pub -h 127.0.0.1 -p "$port" -t health -n >/dev/null 2>&1 || code=$?
    [ "$code" -lt 124 ]
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
port=$(sed -n 's/^listener \([0-9]*\).*/\1/p' "$CONFIG" | head -n 1)
rounds=0
silent=0
while kill -0 $broker 2>/dev/null; do
    sleep "$EVERY" &
    wait $! || true # a signal ends the wait
    if take; then kill -HUP $broker; fi
    rounds=$((rounds + 1))
    if [ $((rounds % 5)) = 0 ]; then
        if answers; then silent=0; else silent=$((silent + 1)); fi
        if [ "$silent" -ge 4 ]; then
            echo "mosquitto does not answer; killing it" >&2
            kill -KILL $broker
        fi
    fi
done
wait $broker
