#!/usr/bin/env bash
# The private cluster: cluster.sh up | down | url | psql
#
# Only its owner gets in: the socket lies in a folder of mode 0700, where any role may connect; the loopback port asks
# for a password made for this cluster alone.
source "$(dirname "$0")/lib.sh"
need_server

DATA=$CLUSTER/data
LOG=$CLUSTER/server.log
DATABASE=journey

is_running() { [ -d "$DATA" ] && as_server "$BIN/pg_ctl" status --pgdata="$DATA" >/dev/null 2>&1; }

# The port and the socket's folder of the last start
read_place() { source "$CLUSTER/place"; }

uri() { echo "postgresql://postgres@/$1?host=$SOCKETS&port=$PORT"; }

sql() { "$BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$(uri "$1")" --command="$2"; }

make_cluster() {
    say "making a cluster in $CLUSTER"
    rm -rf "$CLUSTER"
    mkdir -p "$CLUSTER"
    (umask 077 && head --bytes=18 /dev/urandom | base64 | tr '+/' '-_' >"$CLUSTER/password")
    chmod 755 "$CLUSTER"
    [ "$(id -u)" != 0 ] || chown "$SERVER_USER" "$CLUSTER" "$CLUSTER/password"
    as_server "$BIN/initdb" --pgdata="$DATA" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust \
        --auth-host=scram-sha-256 --pwfile="$CLUSTER/password" >"$CLUSTER/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -3 "$CLUSTER/initdb.log")" "see $CLUSTER/initdb.log"
    as_server tee -a "$DATA/postgresql.conf" >/dev/null <<-CONF

		# added by make up
		shared_preload_libraries = 'pg_journey'
		listen_addresses = '127.0.0.1'
		unix_socket_permissions = 0700
		shared_buffers = 512MB
		max_wal_size = 4GB
		checkpoint_timeout = 15min
	CONF
}

# Remembers a port nobody listens on and a folder for the socket: in /tmp, because a socket's path may have 107 bytes.
choose_place() {
    PORT='' SOCKETS=''
    [ ! -e "$CLUSTER/place" ] || read_place
    PORT=$(python3 tools/free_port.py "$PORT")
    if [ ! -d "$SOCKETS" ] || [ "$(stat -c %U "$SOCKETS")" != "$SERVER_USER" ]; then
        SOCKETS=$(as_server mktemp --directory /tmp/pg_journey.XXXXXX)
    fi
    printf 'PORT=%s\nSOCKETS=%s\n' "$PORT" "$SOCKETS" >"$CLUSTER/place"
}

start() {
    choose_place
    as_server "$BIN/pg_ctl" start --silent --wait --pgdata="$DATA" --log="$LOG" \
        --options="-p $PORT -k $SOCKETS" </dev/null >/dev/null ||
        die "the server did not start: $(tail -3 "$LOG" 2>/dev/null)" "see $LOG"
}

stop() { as_server "$BIN/pg_ctl" stop --silent --wait --mode=fast --pgdata="$DATA" </dev/null >/dev/null; }

# What is installed, as one value: when it changes, the server needs a restart and the extension its new functions
installed() {
    cat "$("$CONFIG" --pkglibdir)"/pg_journey{.so,_engine} "$("$CONFIG" --sharedir)"/extension/pg_journey* | sha256sum
}

up() {
    [ -f "$("$CONFIG" --sharedir)/extension/pg_journey.control" ] ||
        die "pg_journey is not installed in the server of $CONFIG" "make install PG_CONFIG=$CONFIG"
    if [ -n "${FRESH:-}" ] && [ -d "$CLUSTER" ]; then
        ! is_running || stop
        rm -rf "$CLUSTER"
    fi
    [ -f "$DATA/PG_VERSION" ] || make_cluster
    [ "$(cat "$DATA/PG_VERSION")" = "$PG_MAJOR" ] ||
        die "the cluster in $CLUSTER is of PostgreSQL $(cat "$DATA/PG_VERSION")" "make up FRESH=1 begins with an empty one"

    local now
    now=$(installed)
    if is_running && [ "$now" != "$(cat "$CLUSTER/installed" 2>/dev/null)" ]; then
        say "restarting: a newer build is installed"
        stop
    fi
    is_running || start
    read_place
    prepare_database "$now"
    say "the cluster is up: make url, make psql, make down"
    say "from outside: 127.0.0.1 port $PORT, user postgres, password in $CLUSTER/password; log in $LOG"
}

# The database with the extension of the build that is installed; the tables are data and outlive both.
prepare_database() {
    [ -n "$(sql postgres "SELECT 1 FROM pg_catalog.pg_database WHERE datname = '$DATABASE'")" ] ||
        sql postgres "CREATE DATABASE $DATABASE"
    if [ "$1" != "$(cat "$CLUSTER/installed" 2>/dev/null)" ]; then
        sql $DATABASE "SET client_min_messages = warning; DROP EXTENSION IF EXISTS pg_journey;
                       CREATE EXTENSION pg_journey CASCADE" ||
            die "the functions of the new build could not take the place of the old ones" \
                "make up FRESH=1 begins with an empty cluster"
        sql $DATABASE 'SELECT journey_setup()' >/dev/null
        echo "$1" >"$CLUSTER/installed"
    fi
}

down() {
    if is_running; then stop; fi
    say "the cluster is down"
}

need_running() {
    is_running || die "the private cluster is not running" "make up"
    read_place
}

case ${1:-} in
    up) up ;;
    down) down ;;
    url) need_running && uri $DATABASE ;;
    psql) need_running && exec "$BIN/psql" "$(uri $DATABASE)" ;;
    *) die "unknown command '${1:-}'" "cluster.sh up | down | url | psql" ;;
esac
