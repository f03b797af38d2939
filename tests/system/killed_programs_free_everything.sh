#!/bin/sh
# SPDX-License-Identifier: MIT
#
# kill -9 of a program in the middle of its work: within a second its worker is gone and its
# memory is free, and another program that runs meanwhile does not notice.

bystander()
{
	"$TEST_PROGRAMS/works_for_seconds" 4 >/dev/null
}

workers()
{
	ps -o comm= --ppid "$TEST_DAEMON" | grep -c qcu-worker
}

free_memory()
{
	"$TEST_PROGRAMS/tiny_program" --free-memory
}

[ -x "$TEST_PROGRAMS/works_for_seconds" ] || { echo "skipped: the programs are not built"; exit 77; }
before=$(free_memory) || exit 1
bystander &
bystander=$!
for delay in 0.1 0.3 0.7 1.1; do
	"$TEST_PROGRAMS/works_for_seconds" 60 >/dev/null &
	victim=$!
	sleep $delay
	kill -KILL $victim
	wait $victim 2>/dev/null
done
sleep 1
if [ -n "$TEST_DAEMON" ]; then
	# the bystander's and a spare one
	[ "$(workers)" -le 2 ] || { echo "$(workers) workers left" >&2; exit 1; }
fi
wait $bystander || { echo "the program beside the killed ones failed" >&2; exit 1; }
after=$(free_memory) || exit 1
if [ -n "$TEST_DAEMON" ] && [ "$after" -lt "$before" ]; then
	echo "free device memory: $before before, $after after" >&2
	exit 1
fi
echo "killed four"
