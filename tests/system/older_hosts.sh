#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Today's library in front of a host that speaks an older minor version of the protocol: what that
# version has works, anything newer is CUDA_ERROR_NOT_SUPPORTED, and the session goes on.  The other
# way round is tests/unit/device_old_guest_new_host.c.
#
# TEST_PROGRAMS: where the test programs are.  TEST_DAEMON: a daemon whose program and driver are
# used.

[ -n "$TEST_DAEMON" ] || { echo "skipped: there is no daemon here to start an older one like"; exit 77; }
device=$(readlink "/proc/$TEST_DAEMON/exe")
driver=$(tr '\0' '\n' <"/proc/$TEST_DAEMON/cmdline" | grep '^--driver=')
work=$(mktemp -d) || exit 1
daemon=''
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# What 1.0 had: memory, copies, kernels, streams, events, modules, printf
old="tiny_program malloc_many_do_not_overlap memcpy_pageable_odd_sizes memcpy_pinned_odd_sizes
	memcpy_async_two_streams memset_any_range device_variable launch_ten_thousand eight_threads
	event_query_states kernel_printf kernel_atomics kernel_matrix_multiply driver_memory
	driver_launch_from_ptx driver_library_and_kernels host_register_keeps_contents occupancy
	illegal_address_is_sticky stream_wait_event_chains driver_large_image"
# What came later, in 1.1 and since
new="array_copies_2d texture_shapes graph_runs_nodes_in_order memory_pool stream_capture_graph
	driver_link_ptx driver_texture_references driver_host_functions driver_virtual_memory"

# daemon_start MINOR
daemon_start()
{
	"$device" --socket="$work/$1.sock" "$driver" --protocol-minor="$1" --log=warn \
		>"$work/$1.ready" 2>"$work/$1.log" &
	daemon=$!
	tries=0
	until grep -q ready "$work/$1.ready" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "qcu-device does not start" >&2; exit 1; }
		sleep 0.1
	done
	QCUDA_SOCKET=$work/$1.sock
	export QCUDA_SOCKET
}

# broken MINOR: a session that the host has ended for breaking the protocol
broken()
{
	grep -E 'malformed|broke the protocol|unknown call' "$work/$1.log"
}

failed=0
for minor in 0 1 2 4; do
	daemon_start $minor
	for program in $old; do
		timeout 60 "$TEST_PROGRAMS/$program" >"$work/out" 2>&1 && continue
		echo "$program does not work with a host of 1.$minor:" >&2
		cat "$work/out" >&2
		failed=1
	done
	for program in $new; do
		timeout 60 "$TEST_PROGRAMS/$program" >"$work/out" 2>&1
		status=$?
		# NEEDS() of a test skips, CUDA() fails: both name the error
		if [ $minor = 0 ]; then
			case $status in 1 | 77) grep -qiE 'not.?supported' "$work/out" && continue ;; esac
		elif [ $status = 0 ]; then
			continue
		fi
		echo "$program with a host of 1.$minor: status $status" >&2
		cat "$work/out" >&2
		failed=1
	done
	broken $minor >&2 && failed=1
	kill "$daemon"
	wait "$daemon" 2>/dev/null
	daemon=''
done
[ $failed = 0 ] || exit 1
echo "today's library works with hosts of 1.0, 1.1, 1.2 and 1.4"
