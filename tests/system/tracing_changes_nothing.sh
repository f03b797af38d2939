#!/bin/sh
# SPDX-License-Identifier: MIT
#
# With QCUDA_TRACE each kernel and copy has an event of the worker's before it and after it.  Programs
# that capture streams, destroy contexts and streams, or look at what is under way print the same then.

out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

n=0
for name in stream_capture_graph capture_modes capture_broken_rules capture_fork_and_join \
	capture_stream_destroyed capture_from_eight_threads driver_context_stack driver_two_contexts \
	stream_destroyed_while_busy stream_wait_event_holds_back stream_query_not_ready green_contexts \
	device_reset_and_reuse kernels_run_side_by_side trap_is_a_launch_failure; do
	program=$TEST_PROGRAMS/$name
	[ -x "$program" ] || continue
	"$program" >"$out/plain" 2>"$out/err"
	plain=$?
	QCUDA_TRACE=$out/trace "$program" >"$out/traced" 2>"$out/err"
	[ $? = $plain ] && cmp -s "$out/plain" "$out/traced" || {
		echo "$name differs with QCUDA_TRACE:" >&2
		cat "$out/traced" "$out/err" >&2
		exit 1
	}
	[ -s "$out/trace" ] || { echo "skipped: this libcuda.so.1 is not qCUDA's"; exit 77; }
	n=$((n + 1))
done
[ $n -ge 5 ] || { echo "only $n programs are there" >&2; exit 1; }
echo "traced programs do the same"
