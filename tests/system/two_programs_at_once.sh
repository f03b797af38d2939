#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two programs at once, each with its own kernels and memory, again and again; one of the pairs
# is a program that destroys its own context with an illegal address.

i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	"$TEST_PROGRAMS/works_for_seconds" 1 >/dev/null &
	one=$!
	"$TEST_PROGRAMS/memcpy_async_two_streams" >/dev/null &
	two=$!
	"$TEST_PROGRAMS/illegal_address_is_sticky" >/dev/null &
	three=$!
	for program in $one $two $three; do
		wait $program || { echo "program failed in round $i" >&2; exit 1; }
	done
done
echo "five rounds"
