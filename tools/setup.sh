#!/bin/sh
# Sets up what the Makefile's targets need, inside this folder only and only when it is not there yet.
#
#   tools/setup.sh env EXTRA...             .venv, with this package (editable) and the extras
#   tools/setup.sh env-in DIR VERSION EXTRA...  the same in DIR, for one Python (VERSION is "any" or e.g. 3.12)
#   tools/setup.sh folder DIR REQS VENV     the pinned packages of REQS unpacked into DIR, by VENV's pip, without dependencies
#   tools/setup.sh others                   prints the other supported Pythons found here, such as "3.12 3.13"
#   tools/setup.sh pythons                  says the same in words, and which are missing
#
# $PYTHON names the Python of .venv; without it the first suitable one is taken.
# Every answer is remembered in a stamp, so that a second run costs some milliseconds and no network.
# Plain POSIX sh: git, make and Python are all one needs.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)

supported="3.11 3.12 3.13"          # the suite runs on each of these that is present
acceptable="$supported 3.14"        # .venv may be one of these when no other is there

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# --- which Python -------------------------------------------------------------------------------------------------

# The "3.x" of an interpreter; fails where it does not run: a pyenv shim is on the PATH even with nothing behind it.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Debian splits venv from Python, and its venv module imports without ensurepip but cannot work.
has_venv() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

# Names and paths worth a try for the given versions, best first, one a line.
candidates() {
    pyenv_root=$(pyenv root 2>/dev/null || printf '%s' "${PYENV_ROOT:-${HOME:-}/.pyenv}")
    for wanted in "$@"; do
        printf 'python%s\n' "$wanted"
        for path in "$pyenv_root/versions/$wanted".*[0-9]/bin/python; do  # [0-9]: not a free-threaded 3.13.0t
            if [ -x "$path" ]; then printf '%s\n' "$path"; fi
        done
    done
    printf 'python3\npython\n'
}

# find VERSION: prints a Python of that version ("any": of any acceptable one) that runs and can make a venv.
# Prints "!venv PATH" when the only ones found lack the venv module, nothing when there is none.
find_python() {
    if [ "$1" = any ]; then versions=$acceptable; else versions=$1; fi
    candidates $versions | {
        without_venv=
        while IFS= read -r candidate; do
            found=$(version_of "$candidate") || continue
            if [ "$1" = any ]; then
                new_enough "$candidate" || continue
            elif [ "$found" != "$1" ]; then
                continue
            fi
            if has_venv "$candidate"; then
                printf '%s\n' "$candidate"
                exit 0
            fi
            without_venv="!venv $candidate"
        done
        printf '%s\n' "$without_venv"
    }
}

no_venv() { fail "$1 has no venv module (Debian, Ubuntu: apt install python$(version_of "$1")-venv)"; }

# The Python to build an environment with, or one clear line.
choose_python() {
    if [ "$1" = any ] && [ -n "${PYTHON:-}" ]; then
        version_of "$PYTHON" >/dev/null || fail "PYTHON=$PYTHON does not run"
        new_enough "$PYTHON" || fail "PYTHON=$PYTHON is Python $(version_of "$PYTHON"), 3.11 or newer is needed"
        has_venv "$PYTHON" || no_venv "$PYTHON"
        printf '%s\n' "$PYTHON"
        return
    fi
    python=$(find_python "$1")
    case $python in
        '') fail "no Python >= 3.11 found on the PATH nor in pyenv; install one, or name it: make PYTHON=/path/to/python3 ..." ;;
        '!venv '*) no_venv "${python#!venv }" ;;
        *) printf '%s\n' "$python" ;;
    esac
}

# --- pip, with its failures told apart ----------------------------------------------------------------------------

# pip_install VENV LOG ARGS...
pip_install() {
    pip_python=$1/bin/python log=$2
    shift 2
    if "$pip_python" -m pip install --quiet --disable-pip-version-check --retries 2 "$@" >"$log" 2>&1; then
        rm -f "$log"
        return
    fi
    if grep -Eq 'NewConnectionError|Max retries|Connection (refused|reset)|unreachable|timed out|[Nn]ame resolution|Name or service|from versions: none|ProxyError' "$log"; then
        fail "the package index cannot be reached: set-up needs the network once, later runs do not (details: $log)"
    fi
    tail -n 15 "$log" >&2
    fail "pip failed; the whole log is $log"
}

# --- the things to set up -----------------------------------------------------------------------------------------

# True where DIR is a working venv, made here (a copied or moved folder's scripts point to the old place)
# and, where $PYTHON asks for one, by that Python.
venv_usable() {
    [ -x "$1/bin/python" ] || return 1
    if [ -f "$1/.place" ] && [ "$(cat "$1/.place")" = "$here/$1" ]; then :; else return 1; fi
    own=$("$1/bin/python" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null) || return 1
    [ "$2" = any ] && [ -n "${PYTHON:-}" ] || return 0
    [ "$own" = "$("$PYTHON" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null)" ]
}

# make_env DIR VERSION EXTRA...: one stamp an extra, holding the state of pyproject.toml it was installed from.
make_env() {
    dir=$1 version=$2
    shift 2
    state=$(cksum <pyproject.toml)
    if venv_usable "$dir" "$version"; then
        missing=
        for extra in "$@"; do
            [ "$(cat "$dir/.ready-$extra" 2>/dev/null)" = "$state" ] || missing="$missing $extra"
        done
        if [ -z "$missing" ]; then return; fi
    else
        python=$(choose_python "$version")
        rm -rf "$dir"
        "$python" -m venv "$dir" || fail "$python could not make the virtual environment $dir"
        printf '%s' "$here/$dir" >"$dir/.place"
    fi
    extras=$(printf '%s,' "$@")
    say "installing [${extras%,}] into $dir (Python $("$dir/bin/python" -c 'import platform; print(platform.python_version())')) ..."
    pip_install "$dir" "$dir/pip.log" --editable ".[${extras%,}]"
    for extra in "$@"; do printf '%s\n' "$state" >"$dir/.ready-$extra"; done
}

# make_folder DIR REQS VENV: unpacks beside and moves, so that a half-filled folder is never taken for a whole one.
make_folder() {
    dir=$1 requirements=$2 venv=$3
    state=$(cksum <"$requirements")
    if [ "$(cat "$dir/.ready" 2>/dev/null)" = "$state" ]; then return; fi
    say "unpacking $(sed -n 's/^\([A-Za-z][^ ]*\).*/\1/p' "$requirements" | tr '\n' ' ')into $dir ..."
    rm -rf "$dir.part"
    pip_install "$venv" "$dir.log" --no-deps --no-compile --require-hashes --target "$dir.part" --requirement "$requirements"
    printf '%s\n' "$state" >"$dir.part/.ready"
    rm -rf "$dir"
    mv "$dir.part" "$dir"
}

# Beside the Python of .venv: sets $main, $present and $absent.
look_for_others() {
    main=$(version_of .venv/bin/python)
    present= absent=
    for version in $supported; do
        if [ "$version" = "$main" ]; then continue; fi
        case $(find_python "$version") in
            '') absent="$absent $version" ;;
            '!venv '*) absent="$absent $version(no venv module)" ;;
            *) present="$present $version" ;;
        esac
    done
}

command=${1:?which part? see the top of this file}
shift
case $command in
    env) make_env .venv any "$@" ;;
    env-in) make_env "$@" ;;
    folder) make_folder "$@" ;;
    others)
        look_for_others
        printf '%s\n' "$present"
        ;;
    pythons)
        look_for_others
        say "testing on $main, then on:${present:- no other}${absent:+; skipped, not found here:$absent}"
        ;;
    *) fail "unknown part: $command" ;;
esac
