#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two machines use the GPU at once; one that is killed does not disturb the other, and leaves
# neither a machine nor a worker behind.

. "$(dirname "$0")/common"
needs_vm

program=$root/build/tests/cuda/works_for_seconds
[ -x "$program" ] || { echo "skipped: $program is not built"; exit 77; }

cuda_vm()
{
	"$qcuda" run --gpu=soft --cpus 1 --memory 512M --check-dmesg -- "$program"
}

# descendants PID - its processes, all generations
descendants()
{
	for child in $(pgrep -P "$1"); do
		(descendants "$child")
		echo "$child"
	done
}

cuda_vm >first 2>&1 &
first=$!
"$qcuda" run --gpu=soft --cpus 1 --memory 512M -- sh -c '"$0"; sleep 100' "$program" >victim 2>&1 &
victim=$!

# Killed while both are at work
sleep 4
left=$(descendants $victim)
kill -KILL $victim
wait $victim 2>/dev/null
sleep 1
for pid in $left; do
	# a dead one that nobody has waited for yet has no command line
	expect "process $pid of the killed machine" "" \
		"$(cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ' | cut -c1-60)"
done
expect "its processes" yes "$([ "$(echo $left | wc -w)" -ge 3 ] && echo yes)"

wait $first
expect "the other machine's program" 0 $?
[ $failures = 0 ] || cat first

# And two that both end well
cuda_vm >first 2>&1 &
first=$!
cuda_vm >second 2>&1
expect "second of two" 0 $?
wait $first
expect "first of two" 0 $?
finish
