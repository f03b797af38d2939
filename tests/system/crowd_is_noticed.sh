#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A worker notices that it has to wait for a CPU, sleeps while it waits for the GPU from then on, and
# its program sees nothing of that.  The daemon gets one CPU here, which another process wants, too.
#
# TEST_PROGRAMS: where the test programs are.  TEST_DAEMON: a daemon whose program and driver are
# used.

[ -n "$TEST_DAEMON" ] || { echo "skipped: there is no daemon here to start another like"; exit 77; }
[ "$(cut -d' ' -f1 /proc/thread-self/schedstat 2>/dev/null)" ] || {
	echo "skipped: this kernel does not say how long a thread has waited"
	exit 77
}
device=$(readlink "/proc/$TEST_DAEMON/exe")
driver=$(tr '\0' '\n' <"/proc/$TEST_DAEMON/cmdline" | grep '^--driver=')
work=$(mktemp -d) || exit 1
daemon='' other=''
trap 'kill $daemon $other 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

cpu=$(taskset -cp $$ | sed 's/.*[ ,-]//')	# the last that we may use

# run OPTION - the program, with a daemon that has this option, on a CPU that is taken
run()
{
	taskset -c "$cpu" "$device" --socket="$work/socket" "$driver" --log=info "$1" \
		>"$work/ready" 2>"$work/log" &
	daemon=$!
	taskset -c "$cpu" sh -c 'while :; do :; done' &
	other=$!
	tries=0
	until grep -q ready "$work/ready"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "qcu-device does not start" >&2; exit 1; }
		sleep 0.1
	done
	QCUDA_SOCKET=$work/socket timeout 60 "$TEST_PROGRAMS/context_flags_stay_while_waiting" || {
		echo "the program failed with $1" >&2
		exit 1
	}
	kill $daemon $other
	wait $daemon $other 2>/dev/null
	daemon='' other=''
}

run --crowd=1
grep -q 'sleep while waiting' "$work/log" || { echo "the worker did not notice the crowd" >&2; cat "$work/log" >&2; exit 1; }
run --crowd=0
! grep 'sleep while waiting' "$work/log" || { echo "it sleeps with --crowd=0" >&2; exit 1; }
