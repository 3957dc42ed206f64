#!/bin/sh
# The command that clients run: ID SECONDS STATUS alone, or ID SECONDS STATUS around COMMAND…
# Each line is one write at the end of the log, so that the order of the lines is the order of the events.
id=$1 seconds=$2 status=$3 kind=$4
shift 4

line() {
    read -r now _ < /proc/uptime
    echo "$1 $now $2" >> "$FLOM_CHAOS/log"
}

parts="${FLOM_REQUEST_ID##*:},$FLOM_FENCING_TOKEN,$FLOM_ELEMENT"
if [ -n "$FLOM_REQUEST_ID_1" ]; then
    parts=
    number=1
    while eval "request=\$FLOM_REQUEST_ID_$number" && [ -n "$request" ]; do
        eval "parts=\"\$parts \${request##*:},\$FLOM_FENCING_TOKEN_$number,\$FLOM_ELEMENT_$number\""
        number=$((number + 1))
    done
fi

line + "$id $$ $PPID $parts"
if [ "$kind" = around ]; then
    "$@"
    line = "$id $?"
fi
sleep "$seconds"
line - "$id $status"
exit "$status"
