#!/bin/sh
# What `make` needs of the machine. Everything of Python goes into .venv; of the machine only Debian's own
# packages are asked for, and only where this user may install them.
set -eu

bin=.venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "== $*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The command in front of apt-get where this user may install, else nothing and false.
as_root() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    else
        return 1
    fi
}

apt_install() {
    root=$(as_root) || return 1
    say "installing $* (apt-get)"
    $root DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
    $root DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null
}

find_python() {
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    fail "Coldshed needs Python 3.11 or newer and finds none. With another name or place: make PYTHON=/path/to/python3"
}

venv() {
    python=$(find_python)
    if [ -x "$bin/python" ] && "$bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt_install "$package" ||
            fail "This Python cannot make virtual environments. Please run: sudo apt-get install $package"
    fi
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

packages() {
    say "installing the packages of $1 ($(grep -c '^[a-z]' "$1"), each checked against its hash)"
    "$bin/python" -m pip install --require-hashes -r "$1"
}

build() {
    say "building the page's scripts and installing coldshed"
    "$bin/python" -m pip install --no-deps --no-build-isolation --editable .
}

# The programs that tests use beside Python. Where they cannot be installed the tests that need them skip
# visibly; with CI=true they fail.
tools() {
    missing=
    for pair in mosquitto:mosquitto mosquitto_pub:mosquitto-clients openssl:openssl chromium:chromium \
        victoria-metrics:victoria-metrics docker-compose:docker-compose upsd:nut-server upsc:nut-client; do
        PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
    done
    if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
        missing="$missing postgresql"
        no_cluster
    fi
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$missing fonts-noto-cjk"
    "$bin/python" -m playwright --version >/dev/null 2>&1 || missing="$missing libatomic1" # its driver wants it
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of packages
    if apt_install $missing; then
        for service in mosquitto victoria-metrics; do
            case "$missing " in
            *" $service "*) stop_service "$service" ;;
            esac
        done
    else
        say "not installed and not installable here:$missing; the tests that need them will skip"
    fi
}

# Debian makes a database and starts it on port 5432 as soon as the package is there; only the program is wanted.
no_cluster() {
    root=$(as_root) || return 0
    [ -e /etc/postgresql-common/createcluster.conf ] && return 0
    $root mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | $root tee /etc/postgresql-common/createcluster.conf >/dev/null
}

# Debian starts a service as soon as its package is there; the broker's port is ours, and tests start their own.
stop_service() {
    if command -v systemctl >/dev/null && systemctl is-active -q "$1" 2>/dev/null; then
        $(as_root) systemctl disable --now "$1"
    fi
}

lock() {
    say "pinning requirements.txt"
    pin pyproject.toml --group build -o requirements.txt
    say "pinning requirements-postgres.txt"
    pin --group postgres -c requirements.txt -o requirements-postgres.txt
    say "pinning requirements-work.txt"
    pin pyproject.toml --group build --group work -c requirements.txt -o requirements-work.txt
}

# For every system and Python from 3.11 on, with hashes, without the address of any index.
pin() {
    "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock" "$@"
}

"$@"
