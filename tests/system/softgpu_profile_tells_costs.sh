#!/bin/sh
# SPDX-License-Identifier: MIT
#
# QCUDA_SOFTGPU_PROFILE tells of each kernel, once, how many instructions it has and what decoding them took,
# which is less than a millisecond, at least once in three runs; and of each launch, what it did.  (That the
# counts of a launch are right: the unit test softgpu_observe.)

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
QCUDA_SOFTGPU_LOG=$log
QCUDA_SOFTGPU_PROFILE=lines
export QCUDA_SOFTGPU_LOG QCUDA_SOFTGPU_PROFILE

failed=0
for program in vector_add matrix_multiply mandelbrot; do
	: >"$log"
	for run in 1 2 3; do
		"$WHOLE_PROGRAMS/$program" >/dev/null || failed=1
	done
	[ -s "$log" ] || { echo "skipped: the programs' libcuda.so.1 is not softgpu"; exit 77; }
	# softgpu: kernel add: 22 instructions of PTX, parsed in 0.220 ms (its module, 3 kernels), decoded in 0.158 ms
	awk -v program="$program" '
		/ instructions of PTX, parsed in .*, decoded in / {
			decoded[$3]++
			instructions = $4; ms = $(NF - 1)
			if (instructions < 5 || ms <= 0)
				exit bad = 1
			if (!least[$3] || ms < least[$3])
				least[$3] = ms
		}
		/ watched, [0-9]+ instructions of warps, [0-9.]+ of 32 lanes, [0-9]+ sectors / { launched[$3]++ }
		/ % of .*, PTX line / { lines++ }
		END {
			for (kernel in launched)
				if (decoded[kernel] != 3 || least[kernel] >= 1)
					bad = 1
			if (bad || !lines || !length(launched)) {
				print program ": not told as it should be" >"/dev/stderr"
				exit 1
			}
		}' "$log" || { cat "$log" >&2; failed=1; }
done
[ $failed = 0 ] && echo "each kernel's decoding, each launch, and lines"
exit $failed
