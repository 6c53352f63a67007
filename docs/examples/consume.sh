#!/bin/sh
# Reads copydesk's articles with redis-cli 7:  ./consume.sh REDIS_URL GROUP CONSUMER
# A password is given in the variable REDISCLI_AUTH: in the address every process of the machine would see it.
set -u
url=$1 group=$2 consumer=$3
stream=${STREAM:-copydesk:articles}
stopping=
trap 'stopping=yes' TERM

cli() {
    case $url in
        unix://*) redis-cli -e -s "${url#unix://}" "$@" ;;
        *) redis-cli -e -u "$url" "$@" ;;
    esac
}

# A row's fields are lines: a name, then its value. "data" is JSON without line breaks.
field() {
    printf '%s\n' "$row" | awk -v name="$1" 'found { print; exit } $0 == name { found = 1 }'
}

own=0 cursor=0-0
while [ -z "$stopping" ]; do
    row=
    if [ "$own" = '>' ]; then
        # What a silent consumer has held for too long. The first line is where to look next.
        if reply=$(cli XAUTOCLAIM "$stream" "$group" "$consumer" "${TAKE_OVER_MS:-60000}" "$cursor" COUNT 1); then
            cursor=$(printf '%s\n' "$reply" | head -n 1)
            row=$(printf '%s\n' "$reply" | tail -n +2)
            [ -n "$row" ] || [ "$cursor" = 0-0 ] || continue
        fi
    fi
    if [ -z "$row" ]; then
        # "0": what this consumer was given and did not acknowledge; ">": what nobody was given.
        if ! reply=$(cli XREADGROUP GROUP "$group" "$consumer" COUNT 1 BLOCK 2000 STREAMS "$stream" "$own" 2>&1); then
            case $reply in
                *NOGROUP*) cli XGROUP CREATE "$stream" "$group" 0 MKSTREAM >&2 ;;
                *) printf '%s\n' "$reply" >&2 && sleep 1 ;;
            esac
            own=0
            continue
        fi
        row=$(printf '%s\n' "$reply" | tail -n +2)
        if [ -z "$row" ]; then
            own='>'
            continue
        fi
    fi
    # Here the work is done. Only what ended well is acknowledged.
    event=$(field id)
    if [ -n "$event" ]; then
        printf '%s %s\n' "$event" "$(field type)"
    fi
    cli XACK "$stream" "$group" "$(printf '%s\n' "$row" | head -n 1)" >/dev/null
done
