/* SPDX-License-Identifier: MIT */
/*
 * decode_opcode.c - what decodes an instruction: a function of its own, or a row's signature
 *
 * This depends on the opcode and its modifiers alone.  So it is looked up for the first instruction
 * with these, and kept with them in the program's tree.
 */

#include "softgpu/decode.h"

static const struct special {
	const char *op;
	decode_fn *decode;
	bool control;		/* waits, branches or ends: see decode_instr() */
} specials[] = {
	{ "setp", decode_setp, false }, { "set", decode_set, false },
	{ "lop3", decode_lop3, false }, { "mov", decode_mov, false },
	{ "cvt", decode_cvt, false },
	{ "ld", decode_ld, false }, { "ldu", decode_ld, false }, { "st", decode_st, false },
	{ "atom", decode_atom, false }, { "red", decode_atom, false },
	{ "tex", decode_tex, false }, { "tld4", decode_tld4, false }, { "txq", decode_txq, false },
	{ "suld", decode_suld, false }, { "sust", decode_sust, false },
	{ "sured", decode_sured, false }, { "suq", decode_suq, false },
	{ "alloca", decode_alloca, false },
	{ "prefetch", decode_prefetch, false }, { "prefetchu", decode_prefetch, false },
	{ "applypriority", decode_prefetch, false }, { "discard", decode_prefetch, false },
	{ "pmevent", decode_prefetch, false },
	{ "setmaxnreg", decode_prefetch, false },
	{ "griddepcontrol", decode_prefetch, false },
	{ "createpolicy", decode_createpolicy, false },
	{ "mbarrier", decode_mbarrier, false }, { "cp", decode_cp, false },
	{ "mapa", decode_mapa, false }, { "getctarank", decode_getctarank, false },
	{ "cvta", decode_cvta, false }, { "isspacep", decode_isspacep, false },
	{ "vadd2", decode_video, false }, { "vadd4", decode_video, false },
	{ "vsub2", decode_video, false }, { "vsub4", decode_video, false },
	{ "vavrg2", decode_video, false }, { "vavrg4", decode_video, false },
	{ "vabsdiff2", decode_video, false }, { "vabsdiff4", decode_video, false },
	{ "vmin2", decode_video, false }, { "vmin4", decode_video, false },
	{ "vmax2", decode_video, false }, { "vmax4", decode_video, false },
	{ "vset2", decode_video, false }, { "vset4", decode_video, false },
	{ "vadd", decode_video_part, false }, { "vsub", decode_video_part, false },
	{ "vabsdiff", decode_video_part, false }, { "vmin", decode_video_part, false },
	{ "vmax", decode_video_part, false }, { "vset", decode_video_part, false },
	{ "vshl", decode_video_part, false }, { "vshr", decode_video_part, false },
	{ "vmad", decode_video_mad, false },
	{ "membar", decode_fence, false }, { "fence", decode_fence, false },
	{ "bra", decode_bra, true }, { "brx", decode_brx, true }, { "call", decode_call, true },
	{ "ret", decode_ret, true }, { "exit", decode_exit, true },
	{ "bar", decode_bar, true }, { "barrier", decode_bar, true },
	{ "shfl", decode_shfl, true }, { "vote", decode_vote, true },
	{ "match", decode_match, true }, { "elect", decode_elect, true },
	{ "ldmatrix", decode_matrix, true }, { "stmatrix", decode_matrix, true },
};

static const struct special *special_of(const char *op)
{
	for (unsigned i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (!strcmp(op, specials[i].op))
			return &specials[i];
	return NULL;
}

/* Rows that are control, too */
static bool waits(const char *op)
{
	return !strcmp(op, "trap") || !strcmp(op, "brkpt") || !strcmp(op, "nanosleep") ||
	       !strcmp(op, "redux") || !strcmp(op, "movmatrix");
}

static bool says_nothing(const struct ptx_opcode *opcode, const char *mod)
{
	static const char *const rounded[] = { "add", "sub", "mul", "fma", "mad", "div", "rcp", "sqrt" };

	if (!strcmp(mod, "aligned"))
		return true;
	if (strcmp(mod, "rn"))
		return false;
	for (unsigned i = 0; i < sizeof(rounded) / sizeof(rounded[0]); i++)
		if (!strcmp(opcode->name, rounded[i]))
			return true;
	return false;
}

/* Modifier @i as rows have them: ptxas, and so NVIDIA's headers, allow rsqrt.approx.f32.ftz, too */
static const char *ordered_modifier(const struct ptx_opcode *opcode, unsigned i)
{
	unsigned last = opcode->mod_count - 1u;
	bool ftz_last = last && !strcmp(opcode->mods[last], "ftz");

	if (!ftz_last || i + 1 < last)
		return opcode->mods[i];
	return opcode->mods[i == last ? last - 1 : last];
}

/* The row called @op and the modifiers of @opcode; NULL: there is none */
static const struct exec_op *find_row(const struct ptx_opcode *opcode, const char *op)
{
	char name[128];
	int used = snprintf(name, sizeof(name), "%s", op);

	for (unsigned i = 0; i < opcode->mod_count; i++) {
		const char *mod = ordered_modifier(opcode, i);
		size_t length = strcspn(mod, ":");	/* .shared::cta */

		if (says_nothing(opcode, mod) || used < 0 || (size_t)used + length + 2 > sizeof(name))
			continue;
		used += snprintf(name + used, sizeof(name) - (size_t)used, ".%.*s", (int)length, mod);
	}
	return exec_op_find(name);
}

static struct decoded_opcode *look_up(struct decoder *d, struct ptx_opcode *opcode)
{
	const struct special *special = special_of(opcode->name);
	struct decoded_opcode *decoded = bump_alloc(&d->program->bump, sizeof(*decoded));

	if (!decoded) {
		decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
		return &d->no_opcode;
	}
	decoded->special = special ? special->decode : NULL;
	decoded->control = special ? special->control : waits(opcode->name);
	decoded->row = find_row(opcode, opcode->name);
	decoded->row_of_four = decoded->row;
	/* max.f32 d, a, b, c */
	if (!strcmp(opcode->name, "min"))
		decoded->row_of_four = find_row(opcode, "min3");
	else if (!strcmp(opcode->name, "max"))
		decoded->row_of_four = find_row(opcode, "max3");
	opcode->decoded = decoded;
	return decoded;
}

struct decoded_opcode *decode_opcode(struct decoder *d, struct ptx_opcode *opcode)
{
	return opcode->decoded ? opcode->decoded : look_up(d, opcode);
}

const struct exec_op *decode_row_of(const struct decoder *d)
{
	return d->instr->operand_count == 4 ? d->opcode->row_of_four : d->opcode->row;
}
