#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In a machine of one processor nobody misses a wake-up: thousands of calls that wait, where the
# program and the worker on the host look at the same memory at the same time.

. "$(dirname "$0")/common"
needs_vm

program=$root/build/tests/cuda/event_create_flags
[ -x "$program" ] || { echo "skipped: $program is not built"; exit 77; }
timeout 100 "$qcuda" run --gpu=soft --cpus=1 --check-dmesg -- sh -c '
	for i in 1 2 3 4 5; do
		"$1" || exit 1
	done
	nproc' sh "$program" >out 2>err
expect "status" 0 $?
expect "processors" 1 "$(tail -n 1 out)"
finish
