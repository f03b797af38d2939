/* SPDX-License-Identifier: MIT */
/*
 * ptx_opcode.c - the names of all PTX instructions, whether they can run here or not
 *
 * A text with a name that is not among them is not PTX and does not load; one that only
 * names what we lack loads, and fails when a kernel with it is first used.
 */

#include <string.h>

#include "softgpu/ptx_parser.h"

/* Sorted (PTX ISA 9.0) */
static const char *const opcodes[] = {
	"abs", "activemask", "add", "addc", "alloca", "and", "applypriority", "atom", "bar",
	"barrier", "bfe", "bfi", "bfind", "bmsk", "bra", "brev", "brkpt", "brx", "call",
	"clusterlaunchcontrol", "clz", "cnot", "copysign", "cos", "cp", "createpolicy", "cvt",
	"cvta", "discard", "div", "dp2a", "dp4a", "elect", "ex2", "exit", "fence", "fma", "fns",
	"getctarank", "griddepcontrol", "isspacep", "istypep", "ld", "ldmatrix", "ldu", "lg2",
	"lop3", "mad", "mad24", "madc", "mapa", "match", "max", "mbarrier", "membar", "min",
	"mma", "mov", "movmatrix", "mul", "mul24", "multimem", "nanosleep", "neg", "not", "or",
	"pmevent", "popc", "prefetch", "prefetchu", "prmt", "rcp", "red", "redux", "rem", "ret",
	"rsqrt", "sad", "selp", "set", "setmaxnreg", "setp", "shf", "shfl", "shl", "shr", "sin",
	"slct", "sqrt", "st", "stackrestore", "stacksave", "stmatrix", "sub", "subc", "suld",
	"suq", "sured", "sust", "szext", "tanh", "tcgen05", "tensormap", "testp", "tex", "tld4",
	"trap", "txq", "vabsdiff", "vabsdiff2", "vabsdiff4", "vadd", "vadd2", "vadd4", "vavrg2",
	"vavrg4", "vmad", "vmax", "vmax2", "vmax4", "vmin", "vmin2", "vmin4", "vote", "vset",
	"vset2", "vset4", "vshl", "vshr", "vsub", "vsub2", "vsub4", "wgmma", "wmma", "xor",
};

bool ptx_is_opcode(const char *name)
{
	size_t low = 0, high = sizeof(opcodes) / sizeof(opcodes[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, opcodes[middle]);

		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
