# Sourced by the scripts in tools/ and tests/: where things are, who runs the server, and how to say what went wrong.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

say() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE [HINT]
die() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

# Downloads, tools and models live outside the tree, so that every clone shares them and `make clean` keeps them.
if [ "$(id -u)" = 0 ]; then
    default_cache=/var/cache/pg_journey
else
    default_cache=${XDG_CACHE_HOME:-$HOME/.cache}/pg_journey
fi
export PG_JOURNEY_CACHE=${PG_JOURNEY_CACHE:-$default_cache}
CACHE=$PG_JOURNEY_CACHE
mkdir -p "$CACHE/downloads" "$CACHE/tools" "$CACHE/models"

# Postgres refuses to run as root, so root hands the server's commands to an account that owns nothing else.
SERVER_USER=$(id -un)
[ "$(id -u)" != 0 ] || SERVER_USER=${PG_JOURNEY_SERVER_USER:-nobody}

# Runs a command as the server's user. Backtraces are off: a server started with them puts paths into error details.
as_server() (
    cd /
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid="$SERVER_USER" --regid="$(id -g "$SERVER_USER")" --clear-groups --no-new-privs \
            env -u RUST_BACKTRACE HOME=/nonexistent "$@"
    fi
    exec env -u RUST_BACKTRACE "$@"
)

# The server's user must be able to walk to what is built. Where it cannot (a tree under /root), build/ is a link into
# the cache.
if [ ! -e build ]; then
    if as_server test -x "$ROOT"; then
        mkdir build
    else
        elsewhere=$CACHE/trees/$(printf %s "$ROOT" | sha256sum | cut -c1-16)
        mkdir -p "$elsewhere"
        as_server test -x "$elsewhere" || die "the user '$SERVER_USER' that runs the server can read neither $ROOT nor $CACHE" \
            "set PG_JOURNEY_CACHE to a folder that everybody may enter"
        ln -s "$elsewhere" build
    fi
fi
BUILD=$(cd build && pwd -P)

# One place decides which server is meant. `make` passes PG_CONFIG empty when it is not given.
CONFIG=${PG_CONFIG:-$ROOT/build/pg18/bin/pg_config}
CLUSTER_SUFFIX=${PG_CONFIG:+-own}
# A server in build/ is ours alone; any other one is changed by `make install` only.
case $(realpath --canonicalize-missing "$CONFIG") in
    "$BUILD"/*) PRIVATE_SERVER=yes ;;
    *) PRIVATE_SERVER=no ;;
esac
CLUSTER=$BUILD/${PG_JOURNEY_CLUSTER:-cluster}$CLUSTER_SUFFIX

need_server() {
    [ -x "$CONFIG" ] || die "there is no pg_config at $CONFIG" \
        "$([ -n "${PG_CONFIG:-}" ] && echo 'check PG_CONFIG' || echo 'make setup')"
    PG_MAJOR=$("$CONFIG" --version | sed -E 's/^PostgreSQL ([0-9]+).*/\1/')
    case $PG_MAJOR in
        15 | 16 | 17 | 18) ;;
        *) die "$CONFIG belongs to PostgreSQL $PG_MAJOR; 15 to 18 are supported" ;;
    esac
    BIN=$("$CONFIG" --bindir)
    # 18 is the default feature; naming it would make cargo build everything a second time
    PG_FEATURES=()
    [ "$PG_MAJOR" = 18 ] || PG_FEATURES=(--no-default-features --features "pg$PG_MAJOR")
}

# From Cargo.toml, so that the version is written once
PGRX_VERSION=$(sed -nE 's/^pgrx = "=([0-9.]+)".*/\1/p' Cargo.toml)
CARGO_PGRX=$CACHE/tools/cargo-pgrx-$PGRX_VERSION

# The same environment for every cargo call: cargo rebuilds the world when it differs. The --cfg keeps cargo-pgrx from
# passing a linker flag of its own (build.rs does), which would make its builds differ from plain cargo's.
export RUSTFLAGS="--cfg=pg_journey"
export PGRX_PG_CONFIG_PATH=$CONFIG
export PGRX_HOME=$BUILD/pgrx
export PATH=$CARGO_PGRX/bin:$PATH

# For the tests of the crates and for the private cluster
ONNXRUNTIME_VERSION=$(sed -nE 's/^onnxruntime==([0-9.]+).*/\1/p' tools/packages.txt)
export PG_JOURNEY_ONNXRUNTIME=$CACHE/onnxruntime-$ONNXRUNTIME_VERSION/libonnxruntime.so.$ONNXRUNTIME_VERSION
