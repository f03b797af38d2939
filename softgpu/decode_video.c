/* SPDX-License-Identifier: MIT */
/* decode_video.c - vadd2, vabsdiff4 and their like; vadd, vshl, vmad and others on parts of registers */

#include "softgpu/decode.h"
#include "softgpu/exec_video.h"

static const struct {
	const char *op;
	uint32_t aux;
} video_operations[] = {
	{ "vadd", VIDEO_ADD }, { "vsub", VIDEO_SUB }, { "vavrg", VIDEO_AVERAGE },
	{ "vabsdiff", VIDEO_DISTANCE }, { "vmin", VIDEO_MIN }, { "vmax", VIDEO_MAX },
	{ "vset", VIDEO_SET }, { "vshl", VIDEO_SHIFT_LEFT }, { "vshr", VIDEO_SHIFT_RIGHT },
};

struct modifier {
	const char *mod;
	uint32_t aux;
};

static const struct modifier video_modifiers[] = {
	{ "sat", VIDEO_SAT }, { "add", VIDEO_SUM }, { "min", VIDEO_MIN_C }, { "max", VIDEO_MAX_C },
	{ "wrap", VIDEO_WRAP }, { "clamp", 0 },
	{ "eq", VIDEO_EQ << VIDEO_COMPARE_SHIFT }, { "ne", VIDEO_NE << VIDEO_COMPARE_SHIFT },
	{ "lt", VIDEO_LT << VIDEO_COMPARE_SHIFT }, { "le", VIDEO_LE << VIDEO_COMPARE_SHIFT },
	{ "gt", VIDEO_GT << VIDEO_COMPARE_SHIFT }, { "ge", VIDEO_GE << VIDEO_COMPARE_SHIFT },
	{ NULL, 0 },
};

static const struct modifier mad_modifiers[] = {
	{ "sat", VIDEO_SAT }, { "po", VIDEO_PLUS_ONE }, { "shr7", VIDEO_SHR7 }, { "shr15", VIDEO_SHR15 },
	{ NULL, 0 },
};

static bool add_modifier(const struct modifier *list, const char *mod, uint32_t *aux)
{
	for (; list->mod; list++) {
		if (!strcmp(mod, list->mod)) {
			*aux |= list->aux;
			return true;
		}
	}
	return false;
}

/* @length of the name is the operation's; false: there is no such instruction */
static bool video_aux(const struct ptx_instr *instr, size_t length, uint32_t *aux)
{
	bool set = !strncmp(instr->opcode->name, "vset", 4), known = true;
	const struct modifier *list = strcmp(instr->opcode->name, "vmad") ? video_modifiers : mad_modifiers;
	unsigned types = set ? 2 : 3;

	for (unsigned i = 0; i < sizeof(video_operations) / sizeof(video_operations[0]); i++)
		if (strlen(video_operations[i].op) == length &&
		    !strncmp(instr->opcode->name, video_operations[i].op, length))
			*aux |= video_operations[i].aux;
	if (instr->opcode->mod_count < types)
		return false;
	/* vset has no type of its own: there it is a's */
	if (!strcmp(instr->opcode->mods[0], "s32"))
		*aux |= VIDEO_D_SIGNED;
	if (!strcmp(instr->opcode->mods[types - 2], "s32"))
		*aux |= VIDEO_A_SIGNED;
	if (!strcmp(instr->opcode->mods[types - 1], "s32"))
		*aux |= VIDEO_B_SIGNED;
	for (unsigned i = types; i < instr->opcode->mod_count; i++)
		known &= add_modifier(list, instr->opcode->mods[i], aux);
	return known;
}

void decode_video(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	size_t length = strlen(instr->opcode->name) - 1;
	uint32_t codes[3], aux = instr->opcode->name[length] == '4' ? VIDEO_FOUR : 0, def;
	struct insn *in;

	if (instr->operand_count != 4 || !video_aux(instr, length, &aux)) {
		decode_unsupported(d);
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		codes[i] = decode_source(d, instr->operands[1 + i], 'w');
	def = decode_destination(d, instr->operands[0], 'w');
	in = decode_emit(d, "video");
	in->aux = aux;
	decode_def(d, in, 0, def);
	for (unsigned i = 0; i < 3; i++)
		decode_use(d, in, 1 + i, codes[i]);
}

/* %r1.b2 is the operand %r1 of which a part is meant */
static enum video_part take_part(struct decoder *d, const struct ptx_operand *from, struct ptx_operand *to)
{
	static const char *const names[] = {
		[PART_B0] = ".b0", [PART_B1] = ".b1", [PART_B2] = ".b2", [PART_B3] = ".b3",
		[PART_H0] = ".h0", [PART_H1] = ".h1",
	};
	size_t length = from->kind == OPERAND_NAME ? strlen(from->name) : 0;

	*to = *from;
	for (unsigned part = PART_B0; part <= PART_H1 && length > 3; part++) {
		if (strcmp(from->name + length - 3, names[part]))
			continue;
		to->name = names_get(&d->program->names, from->name, length - 3);
		if (to->name)
			return (enum video_part)part;
		decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
		*to = *from;
	}
	return PART_ALL;
}

/* vadd.s32.u32.s32.sat d, a.b0, b.h1; vadd.u32.u32.u32.add d, a, b, c; vadd.u32.u32.u32 d.h1, a, b, c */
void decode_video_part(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	uint32_t codes[3] = { 0 }, aux = 0, def;
	enum video_part parts[4] = { PART_ALL };
	struct ptx_operand operands[4];
	struct insn *in;

	if (instr->operand_count < 3 || instr->operand_count > 4 ||
	    !video_aux(instr, strlen(instr->opcode->name), &aux)) {
		decode_unsupported(d);
		return;
	}
	for (unsigned i = 0; i < instr->operand_count; i++)
		parts[i] = take_part(d, instr->operands[i], &operands[i]);
	/* With c there is something to do, without it nothing; and c has no parts */
	if ((instr->operand_count == 4) !=
	    ((parts[0] != PART_ALL) + !!(aux & VIDEO_SUM) + !!(aux & VIDEO_MIN_C) + !!(aux & VIDEO_MAX_C) == 1) ||
	    parts[3] != PART_ALL) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "operands do not fit the instruction");
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		codes[i] = i + 1 < instr->operand_count ? decode_source(d, &operands[i + 1], 'w') :
							  decode_constant(d, BANK_32, 0);
	def = decode_destination(d, &operands[0], 'w');
	in = decode_emit(d, "video.part");
	in->aux = aux | (uint32_t)parts[1] << VIDEO_A_PART | (uint32_t)parts[2] << VIDEO_B_PART |
		  (uint32_t)parts[0] << VIDEO_D_PART;
	decode_def(d, in, 0, def);
	for (unsigned i = 0; i < 3; i++)
		decode_use(d, in, 1 + i, codes[i]);
}

/* Either the product or c may be negated, and neither with .po */
static bool mad_negates(const struct ptx_instr *instr, uint32_t *aux)
{
	bool product = instr->operands[1]->negative != instr->operands[2]->negative;

	*aux |= (product ? VIDEO_MINUS_PRODUCT : 0) | (instr->operands[3]->negative ? VIDEO_MINUS_C : 0);
	return !instr->operands[0]->negative &&
	       product + instr->operands[3]->negative + !!(*aux & VIDEO_PLUS_ONE) <= 1;
}

/* vmad.s32.u32.s32.sat.shr7 d, a.b0, -b.h1, c: what type d has makes no difference */
void decode_video_mad(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	enum video_part parts[4] = { PART_ALL };
	struct ptx_operand operands[4];
	uint32_t codes[3], aux = 0, def;
	struct insn *in;

	if (instr->operand_count != 4 || !video_aux(instr, strlen(instr->opcode->name), &aux)) {
		decode_unsupported(d);
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		parts[i] = take_part(d, instr->operands[i], &operands[i]);
	if (!mad_negates(instr, &aux) || (aux & VIDEO_SHR7 && aux & VIDEO_SHR15) ||
	    parts[0] != PART_ALL || parts[3] != PART_ALL) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "operands do not fit the instruction");
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		codes[i] = decode_source(d, &operands[i + 1], 'w');
	def = decode_destination(d, &operands[0], 'w');
	in = decode_emit(d, "video.mad");
	in->aux = aux | (uint32_t)parts[1] << VIDEO_A_PART | (uint32_t)parts[2] << VIDEO_B_PART;
	decode_def(d, in, 0, def);
	for (unsigned i = 0; i < 3; i++)
		decode_use(d, in, 1 + i, codes[i]);
}
