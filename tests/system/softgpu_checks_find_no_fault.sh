#!/bin/sh
# SPDX-License-Identifier: MIT
#
# QCUDA_SOFTGPU_CHECK=race,init finds nothing in programs that are right, whatever they share and however
# they synchronise, and they are right with it, too.  (That it does find what is wrong: the unit test
# softgpu_observe.)

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
QCUDA_SOFTGPU_LOG=$log
export QCUDA_SOFTGPU_LOG

QCUDA_SOFTGPU_PROFILE=1 "$WHOLE_PROGRAMS/vector_add" >/dev/null 2>&1
[ -s "$log" ] || { echo "skipped: the programs' libcuda.so.1 is not softgpu"; exit 77; }
: >"$log"

QCUDA_SOFTGPU_CHECK=race,init
export QCUDA_SOFTGPU_CHECK
failed=0
for program in bitonic_sort breadth_first_search clang_reduction convolution_separable \
	dynamic_shared_memory fft grid_reduction hash_table histogram matrix_multiply merge_sort \
	producer_consumer radix_sort reduction scan stencil_3d stream_compaction transpose \
	warp_bitonic_sort; do
	"$WHOLE_PROGRAMS/$program" >/dev/null 2>&1 || { echo "$program fails" >&2; failed=1; }
	[ ! -s "$log" ] || { echo "$program:" >&2; cat "$log" >&2; failed=1; }
	: >"$log"
done
[ $failed = 0 ] && echo "nothing found"
exit $failed
