#!/bin/sh
# SPDX-License-Identifier: MIT
#
# QCUDA_TRACE writes a Chrome trace that is JSON, with every launch of a program, when the worker
# ran it, and when the GPU did, on one clock: no command begins before its call, and none that is waited
# for ends after it; no kernel begins before its command or the end of the one before it in the
# stream, and none ends after the copy that waits for it.  QCUDA_TRACE_GPU=0 leaves the GPU out.
# On a machine that does something else as well a clock may be read late: the best of five runs counts.

LAUNCHES=200
SLACK_US=500	# by which the clocks of two machines may differ
GPU_SLACK_US=100 # by which that of the GPU may be known worse

out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

trace()
{
	QCUDA_TRACE=$out/trace QCUDA_STATS=1 "$TEST_PROGRAMS/launch_ten_thousand" $LAUNCHES >/dev/null 2>"$out/stats" || {
		echo "launch_ten_thousand fails with QCUDA_TRACE" >&2
		exit 1
	}
	grep -q doorbells "$out/stats" || { echo "skipped: this libcuda.so.1 is not qCUDA's"; exit 77; }
	[ -s "$out/trace" ] || { echo "there is no trace" >&2; exit 1; }
	if command -v python3 >/dev/null; then
		python3 -m json.tool "$out/trace" >/dev/null || { echo "the trace is not JSON" >&2; exit 1; }
	fi
}

consistent()
{
	awk -v launches=$LAUNCHES -v slack=$SLACK_US -v gpu_slack=$GPU_SLACK_US '
function complain(what) { print "line " NR ": " what > "/dev/stderr"; bad = 1 }
function number(key,    text) {
	if (!match($0, "\"" key "\":[-0-9.]+")) { complain("no " key); return 0 }
	text = substr($0, RSTART, RLENGTH)
	sub(/.*:/, "", text)
	return text + 0
}
NR == 1 { if ($0 != "[") complain("not the beginning of an array"); next }
/^\]$/ { ended = 1; next }
!/^\{.*\},?$/ { complain("not an object") }
/"cat":"call"/ {
	key = number("channel") "." number("command")
	begins[key] = number("ts")
	ends[key] = begins[key] + number("dur")
	waited[key] = /"posted":false/
	launched += /"name":"launch"/
}
/"cat":"worker"/ {
	key = number("tid") "." number("command")
	ran[key] = 1
	ran_begins[key] = number("ts")
	ran_ends[key] = ran_begins[key] + number("dur")
}
/"cat":"gpu"/ {
	key = number("channel") "." number("command")
	gpu_began = number("ts")
	if (gpu_began < last_end - gpu_slack) complain("the GPU began " key " before it was through with another")
	last_end = gpu_began + number("dur")
	gpu_begins[key] = gpu_began
	gpu_ends[key] = last_end
	kernels += /"name":"[^"]*append/
}
END {
	if (!ended) complain("the array has no end")
	if (launched != launches) complain(launched " launches")
	if (kernels != launches) complain(kernels " kernels on the GPU")
	for (key in begins) {
		if (!ran[key]) complain("command " key " never ran")
		else if (ran_begins[key] < begins[key] - slack) complain("command " key " ran before its call")
		else if (key in gpu_begins && gpu_begins[key] < ran_begins[key] - gpu_slack) complain("the GPU began " key " before its command")
		else if (waited[key] && key in gpu_ends && gpu_ends[key] > ends[key] + slack + gpu_slack) complain("the GPU ended " key " after its call")
		else if (waited[key] && ran_ends[key] > ends[key] + slack) complain("command " key " ran after its call")
	}
	exit bad
}' "$out/trace"
}

attempt=1
until trace && consistent; do
	attempt=$((attempt + 1))
	[ $attempt -le 5 ] || exit 1
done
QCUDA_TRACE=$out/without QCUDA_TRACE_GPU=0 "$TEST_PROGRAMS/launch_ten_thousand" $LAUNCHES >/dev/null || exit 1
! grep -q '"cat":"gpu"' "$out/without" || { echo "there are GPU times with QCUDA_TRACE_GPU=0" >&2; exit 1; }
echo "calls, commands and kernels are on one clock"
