# shellcheck shell=sh
# packages.sh - sourced by deploy/demo and tests/check: what must be installed on a bare Debian 12,
# one line a reason, and the function that installs what is missing (as root, or through sudo).

# to build and run
PACKAGES_BUILD='
gcc libc6-dev
cmake ninja-build pkg-config
libzmq3-dev
libsodium-dev
libprotobuf-c-dev protobuf-c-compiler
libsqlite3-dev
libmicrohttpd-dev
libjansson-dev
libeconf-dev
libxml2-dev
libcmocka-dev
procps
'
# gcc .. libc6-dev        compiler
# cmake ninja-build pkg-config   build
# libzmq3-dev             transport            libsodium-dev      all cryptography
# libprotobuf-c-dev protobuf-c-compiler  wire schemas
# libsqlite3-dev          store                libmicrohttpd-dev  console HTTP
# libjansson-dev          JSON                 libeconf-dev       configuration
# libxml2-dev             census import        libcmocka-dev      unit tests (built with the rest)
# procps                  the demo ends and inspects its processes by id

# for the demo: Debian's own age opens a collected body; python3 searches for names
PACKAGES_DEMO='age python3'

# for the tests: independent readers (python3-nacl), a second client that can say what ours never would
# (python3-zmq), fault tools
PACKAGES_CHECK='age zlib1g-dev python3 python3-nacl python3-zmq strace curl iproute2 gdb libxml2-utils'

# install_missing PACKAGE... - install those that dpkg does not have; seconds when there are none.
install_missing() {
    missing=
    for package in "$@"; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0

    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "$0: missing packages:$missing" >&2
            echo "$0: run it as root, or install sudo, or: apt-get install$missing" >&2
            exit 69
        fi
        as_root=sudo
    fi
    echo "Installing:$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "$0: apt-get could not install:$missing" >&2
        exit 69
    fi
    rm -f "$log"
}

# build_tree DIRECTORY [CMAKE-OPTION...] - configure once and build; quiet unless it fails.
build_tree() {
    build_dir=$1
    shift
    log=$build_dir.log
    mkdir -p "$build_dir"
    if ! { cmake -S . -B "$build_dir" -G Ninja "$@" && ninja -C "$build_dir"; } >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "$0: the build failed; all of it is in $log" >&2
        exit 70
    fi
}
