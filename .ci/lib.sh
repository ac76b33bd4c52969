# Sourced by the scripts here: steps that are timed, a summary of them at the end, things to take away at the end.
# shellcheck shell=bash

set -euo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PATH:/usr/sbin:/sbin CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

outermost=
if [ -z "${CI_SUMMARY:-}" ]; then
    CI_SUMMARY=$(mktemp)
    export CI_SUMMARY
    outermost=1
fi
take_away=()
trap at_exit EXIT

at_exit() {
    local status=$?
    [ "${#take_away[@]}" = 0 ] || rm -rf "${take_away[@]}"
    if [ -n "$outermost" ]; then
        printf '\n=== summary\n'
        cat "$CI_SUMMARY"
        rm -f "$CI_SUMMARY"
        if [ "$status" = 0 ]; then echo 'all steps passed'; else echo "FAILED, exit $status"; fi
    fi
}

# step NAME COMMAND...: runs it, notes how long it took and how it ended, and ends the script if it failed.
# (A function given as COMMAND runs without `set -e`: it must join its commands by &&.)
step() {
    local name=$1 began=$SECONDS status=0
    shift
    printf '\n=== %s\n' "$name"
    "$@" || status=$?
    if [ "$status" = 0 ]; then
        note ok "$((SECONDS - began)) s" "$name"
    else
        note FAILED "$((SECONDS - began)) s" "$name (exit $status)"
        exit "$status"
    fi
}

# left_out NAME WHY: something that does not run, and why; said at once and again at the end.
left_out() {
    printf '\n!!! NOT RUN: %s: %s\n' "$1" "$2"
    note 'NOT RUN' - "$1: $2"
}

note() {
    printf '%-8s %6s  %s\n' "$1" "$2" "$3" >>"$CI_SUMMARY"
}
