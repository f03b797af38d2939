#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program with QCUDA_TRACE forks while its threads work, and its children exit().  What the parent has
# not yet written of its trace is not the children's to write: each call is there once, one a line.  Nor
# are its statistics.

program=$TEST_PROGRAMS/fork_while_threads_work
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

[ -x "$program" ] || { echo "skipped: fork_while_threads_work is not built"; exit 77; }
QCUDA_TRACE=$out/trace QCUDA_STATS=1 "$program" >"$out/printed" 2>&1 || {
	echo "fork_while_threads_work fails with QCUDA_TRACE:" >&2
	cat "$out/printed" >&2
	exit 1
}
[ -s "$out/trace" ] || { echo "skipped: this libcuda.so.1 is not qCUDA's"; exit 77; }
[ "$(grep -c doorbells "$out/printed")" = 1 ] || { echo "statistics of more than one process" >&2; exit 1; }
awk '
NR == 1 || /^\]$/ { next }
!/^\{.*\},?$/ { print "line " NR " is no object: " $0 > "/dev/stderr"; exit 1 }
/"cat":"call"/ && match($0, /"channel":[0-9]+,"command":[0-9]+/) {
	if (seen[substr($0, RSTART, RLENGTH)]++) {
		print "line " NR " is there twice: " $0 > "/dev/stderr"
		exit 1
	}
	calls++
}
END { if (calls < 100) { print calls + 0 " calls" > "/dev/stderr"; exit 1 } }' "$out/trace" || exit 1
echo "each call is there once"
