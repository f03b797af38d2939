#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Programs one after another leave nothing behind: COUNT tiny programs, each of which must
# pass; on the host no worker process, open file or memory of the daemon's may pile up.
#
# tests/run asks for 1000 where there is a daemon to leave something behind in.
# TEST_PROGRAMS: where the test programs are.  TEST_DAEMON: the daemon's process id, if it can be
# seen from here.

count=${COUNT:-100}

# what the daemon holds: "workers files kilobytes"
held()
{
	[ -n "$TEST_DAEMON" ] || { echo 0 0 0; return; }
	echo "$(ps -o comm= --ppid "$TEST_DAEMON" | grep -c qcu-worker)" \
		"$(ls "/proc/$TEST_DAEMON/fd" | wc -l)" \
		"$(awk '/^VmRSS/ { print $2 }' "/proc/$TEST_DAEMON/status")"
}

once()
{
	"$TEST_PROGRAMS/tiny_program" >/dev/null || { echo "program $i failed" >&2; exit 1; }
}

i=0
while [ $i -lt 20 ]; do i=$((i + 1)); once; done
sleep 1
# shellcheck disable=SC2046 # three words are wanted
set -- $(held)
while [ $i -lt "$count" ]; do i=$((i + 1)); once; done
sleep 1
# shellcheck disable=SC2046
set -- "$@" $(held)
echo "ran $count programs"
[ "$4" -le "$1" ] || { echo "workers: $1 before, $4 after" >&2; exit 1; }
[ "$5" -le "$2" ] || { echo "open files: $2 before, $5 after" >&2; exit 1; }
[ "$6" -le $(($3 + 512)) ] || { echo "memory: $3 KiB before, $6 KiB after" >&2; exit 1; }
