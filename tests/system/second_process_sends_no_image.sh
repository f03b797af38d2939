#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A large module image is sent to the host once: a second process that loads the same one sends its
# digest.  One that loads another of the same length sends that, and gets what it sent; and
# QCUDA_PERF=no_known sends them all.

out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
seed=$$

# sent SEED - sets bytes to what a program sends that loads the six images of this seed
sent()
{
	QCUDA_STATS=1 "$TEST_PROGRAMS/driver_large_image" "$1" >/dev/null 2>"$out" || {
		echo "driver_large_image $1 fails:" >&2
		cat "$out" >&2
		exit 1
	}
	grep -q 'doorbells' "$out" || { echo "skipped: this libcuda.so.1 is not qCUDA's"; exit 77; }
	bytes=$(sed -n 's/.*: \([0-9]*\) bytes of images sent/\1/p' "$out")
}

# three texts of 1 MiB, each loaded twice, and one twice that is no good
TEXT=$((1024 * 1024))
sent $seed
echo "first: $bytes" >&2
[ "$bytes" -ge $((5 * TEXT)) ] || exit 1
# the host hashes an image after it was loaded
tries=0
until sent $seed && [ "$bytes" = $((2 * TEXT)) ]; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || { echo "$bytes bytes sent again" >&2; exit 1; }
	sleep 0.2
done
sent $((seed + 1))
echo "another: $bytes" >&2
[ "$bytes" -ge $((5 * TEXT)) ] || exit 1
QCUDA_PERF=no_known
export QCUDA_PERF
sent $seed
echo "no_known: $bytes" >&2
[ "$bytes" = $((8 * TEXT)) ] || exit 1
echo "sent once"
