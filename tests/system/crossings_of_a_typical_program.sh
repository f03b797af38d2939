#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program crosses to the host and waits only where CUDA itself must wait: QCUDA_STATS=1 says how
# often.  Launches and event records are posted; a copy, an allocation, a synchronisation wait.

out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# crossings PROGRAM - run it, keep what is counted
crossings()
{
	QCUDA_STATS=1 "$TEST_PROGRAMS/$1" >/dev/null 2>"$out/$1" || { echo "$1 fails" >&2; exit 1; }
	grep -q '^qcuda\[' "$out/$1" || {
		echo "skipped: this libcuda.so.1 is not qCUDA's"
		exit 77
	}
}

# count PROGRAM COLUMN CALL - calls 2, waited for 3, posted 4
count()
{
	awk -v column="$2" -v call="$3" \
		'$1 ~ /^qcuda\[/ && $5 == call { n = $column } END { print n + 0 }' "$out/$1"
}

crossings launch_ten_thousand
posted=$(count launch_ten_thousand 4 launch)
waited=$(count launch_ten_thousand 3 launch)
together=$(count launch_ten_thousand 3 together)
[ "$posted" -ge 10000 ] || { echo "only $posted launches were posted" >&2; exit 1; }
[ "$waited" = 0 ] || { echo "$waited launches were waited for" >&2; exit 1; }
[ "$together" -le 40 ] || { echo "$together calls were waited for:" >&2; cat "$out/launch_ten_thousand" >&2; exit 1; }

# A capture that ends with its stream is over: launches are posted again.
crossings capture_stream_destroyed
posted=$(count capture_stream_destroyed 4 launch)
[ "$posted" -ge 1000 ] || { echo "only $posted launches were posted after a capture" >&2; exit 1; }

# Who asks for CU_CTX_SCHED_BLOCKING_SYNC sleeps where it waits for the device.
crossings device_flags_blocking_sync
slept=$(sed -n 's/^qcuda.* sleeps \([0-9]*\)$/\1/p' "$out/device_flags_blocking_sync")
[ "${slept:-0}" -ge 150 ] || { echo "slept $slept times in 200 waits" >&2; exit 1; }

# What never changes about devices and contexts is asked at the start and known then.
crossings device_properties_match_attributes
together=$(count device_properties_match_attributes 3 together)
[ "$together" -le 10 ] || { cat "$out/device_properties_match_attributes" >&2; exit 1; }
echo "launches are posted, attributes are known"
