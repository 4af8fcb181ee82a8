#!/usr/bin/env bash
# Makes build/debian15, a private copy of Debian 12's PostgreSQL 15 with pgvector, and prints its pg_config:
#   make test PG_CONFIG=$(tools/debian15.sh)
# Debian's own server stays as it is. Debian 12 has no package of pgvector, so it is built from the source package of
# Debian 13, which apt checks against Debian's keys.
source "$(dirname "$0")/lib.sh"

VECTOR_VERSION=0.8.0
VECTOR_SHA256=867a2c328d4928a5a9d6f052cd3bc78c7d60228a9b914ad32aa3db88e9de27b0
copy=$BUILD/debian15
config=$copy/usr/lib/postgresql/15/bin/pg_config

packages=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || packages+=(postgresql-15)
[ -f /usr/include/postgresql/15/server/postgres.h ] || packages+=(postgresql-server-dev-15)
if [ "${#packages[@]}" != 0 ]; then
    install="apt-get install --yes --no-install-recommends ${packages[*]}"
    [ "${PG_JOURNEY_INSTALL_PACKAGES:-}" = yes ] || die "Debian's PostgreSQL 15 is missing" "run as root: $install"
    # postgresql-common would otherwise make and start a cluster of its own
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive $install >&2
fi

# The source goes through apt with a source list of its own, on the mirror this machine uses.
fetch_vector() {
    local apt=$CACHE/debian-source mirror
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -1)
    [ -n "$mirror" ] || die "apt knows no Debian mirror" "apt-get update"
    mkdir -p "$apt"/{lists/partial,archives/partial}
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
    local options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
        -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update --quiet=2
    (cd "$apt" && apt-get "${options[@]}" source --quiet=2 --download-only "pgvector=$VECTOR_VERSION-1")
    mv "$apt/pgvector_$VECTOR_VERSION.orig.tar.gz" "$CACHE/downloads/"
    rm -r "$apt"
}

if [ ! -f "$copy/complete" ]; then
    tarball=$CACHE/downloads/pgvector_$VECTOR_VERSION.orig.tar.gz
    [ -f "$tarball" ] || fetch_vector >&2
    sha256sum --check --quiet <<<"$VECTOR_SHA256  $tarball" || die "$tarball is not the pinned file" "remove it and try again"

    # a server finds its folders relative to itself, so a copy of the tree is a server of its own
    say "copying PostgreSQL 15 to $copy"
    rm -rf "$copy"
    mkdir -p "$copy"/usr/{lib,share,include}/postgresql
    cp -aL /usr/lib/postgresql/15 "$copy/usr/lib/postgresql/"
    cp -aL /usr/share/postgresql/15 "$copy/usr/share/postgresql/"
    ln -s /usr/include/postgresql/* "$copy/usr/include/postgresql/"
    say "building pgvector $VECTOR_VERSION"
    mkdir "$copy/pgvector"
    tar -xf "$tarball" --strip-components=1 -C "$copy/pgvector"
    make -C "$copy/pgvector" --silent with_llvm=no OPTFLAGS= PG_CONFIG="$config" all install >&2
    touch "$copy/complete"
fi
echo "$config"
