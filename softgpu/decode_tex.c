/* SPDX-License-Identifier: MIT */
/*
 * decode_tex.c - tex, tld4, txq; suld, sust, sured, suq
 *
 * Only the unified mode: one number names texture and sampler.  A .texref or .surfref variable
 * holds such a number too, so a name is one load more than a register.
 *
 * A level of detail, gradients and offsets would be more operands than an instruction has:
 * they are staged by an instruction of their own, tex.stage, which comes before.
 */

#include "softgpu/decode.h"
#include "softgpu/exec_tex.h"

static void invalid(struct decoder *d)
{
	decode_error(d, CUDA_ERROR_INVALID_PTX, "operands do not fit the instruction");
}

/* How many coordinates a shape has, its layer among them */
static unsigned coordinates_of(enum tex_shape shape)
{
	static const unsigned char count[] = {
		[TEX_1D] = 1, [TEX_2D] = 2, [TEX_3D] = 3, [TEX_A1D] = 2, [TEX_A2D] = 3,
		[TEX_CUBE] = 3, [TEX_ACUBE] = 4,
	};

	return count[shape];
}

static bool is_layered(enum tex_shape shape)
{
	return shape == TEX_A1D || shape == TEX_A2D || shape == TEX_ACUBE;
}

static bool find_shape(const struct ptx_instr *instr, enum tex_shape *shape)
{
	static const char *const names[] = {
		[TEX_1D] = "1d", [TEX_2D] = "2d", [TEX_3D] = "3d", [TEX_A1D] = "a1d",
		[TEX_A2D] = "a2d", [TEX_CUBE] = "cube", [TEX_ACUBE] = "acube",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (decode_has(instr, names[i])) {
			*shape = (enum tex_shape)i;
			return true;
		}
	return false;
}

/* The number of a texture or surface: in a register, or in the variable that is named */
static bool object(struct decoder *d, const struct ptx_operand *operand, uint32_t *code)
{
	struct ptx_operand name = { .kind = OPERAND_ADDRESS, .name = operand->name };
	struct address address;
	struct symbol symbol;
	struct insn *in;

	if (operand->kind != OPERAND_ADDRESS || !operand->name || operand->value ||
	    !symbol_lookup(d, operand->name, &symbol)) {
		invalid(d);
		return false;
	}
	if (symbol.kind == SYMBOL_REGISTER && (symbol.code & 3) == BANK_64) {
		*code = symbol.code;
		return true;
	}
	if (symbol.kind != SYMBOL_GLOBAL || !decode_address(d, &name, SPACE_GLOBAL, &address)) {
		decode_unsupported(d);
		return false;
	}
	*code = symbol_new_register(d, BANK_64);
	in = decode_emit(d, "ld.global.u64.q");
	in->imm = address.offset;
	in->count = 1;
	in->slot = decode_slot(d);
	decode_def(d, in, 0, *code);
	decode_use(d, in, 1, address.code);
	return true;
}

/* [object, {coordinates}]; layers are integers, the others have @letter */
static bool place(struct decoder *d, const struct ptx_operand *operand, enum tex_shape shape,
		  char letter, uint32_t *number, uint32_t codes[4])
{
	const struct ptx_operand *list[4];
	unsigned wanted = coordinates_of(shape);

	if (!object(d, operand, number))
		return false;
	if (!operand->list || operand->list->next) {	/* a sampler of its own */
		decode_unsupported(d);
		return false;
	}
	if (decode_elements(operand->list, 4, list) < wanted) {
		invalid(d);
		return false;
	}
	for (unsigned i = 0; i < wanted; i++)
		codes[i] = decode_source(d, list[i], !i && is_layered(shape) ? 'w' : letter);
	return true;
}

static void use_place(struct decoder *d, struct insn *in, enum tex_shape shape, uint32_t number,
		      const uint32_t codes[4])
{
	in->slot = decode_slot(d);
	decode_use(d, in, TEX_OBJECT, number);
	for (unsigned i = 0; i < coordinates_of(shape); i++)
		decode_use(d, in, TEX_COORDINATES + i, codes[i]);
}

/* ---- tex, tld4 ---- */

/* Keep the elements of @operand for the tex that follows, from place @first on */
static void stage(struct decoder *d, const struct ptx_operand *operand, unsigned first,
		  unsigned most, char letter)
{
	const struct ptx_operand *list[4];
	unsigned count = decode_elements(operand, 4, list);
	struct insn *in;
	uint32_t codes[4];

	if (count > most)
		count = most;
	for (unsigned i = 0; i < count; i++)
		codes[i] = decode_source(d, list[i], letter);
	in = decode_emit(d, "tex.stage");
	in->aux = first;
	in->count = (uint8_t)count;
	for (unsigned i = 0; i < count; i++)
		decode_use(d, in, i, codes[i]);
}

/* What follows the coordinates: level or gradients, then offsets; Return: bits of insn.aux */
static uint32_t stage_extras(struct decoder *d, enum tex_shape shape, char letter)
{
	const struct ptx_instr *instr = d->instr;
	unsigned at = 2, axes = coordinates_of(shape) - is_layered(shape);
	uint32_t aux = TEX_BASE;

	if (decode_has(instr, "level") && instr->operand_count > at) {
		stage(d, instr->operands[at++], STAGE_LOD, 1, letter);
		aux = TEX_LEVEL;
	} else if (decode_has(instr, "grad") && instr->operand_count > at + 1) {
		stage(d, instr->operands[at++], STAGE_GRADIENT, axes, 'f');
		stage(d, instr->operands[at++], STAGE_GRADIENT + 3, axes, 'f');
		aux = TEX_GRAD;
	}
	if (instr->operand_count > at && instr->operands[at]->kind == OPERAND_VECTOR) {
		stage(d, instr->operands[at++], STAGE_OFFSET, axes, 'w');
		aux |= TEX_OFFSET;
	}
	if (instr->operand_count > at)		/* a value to compare depths with */
		decode_unsupported(d);
	return aux;
}

/* The types of results and coordinates; .f16 results are few or in pairs */
static bool tex_types(struct decoder *d, uint32_t *aux, char *letter, unsigned *results)
{
	const struct ptx_instr *instr = d->instr;
	enum ptx_type to, from;

	if (instr->opcode->mod_count < 3)
		return false;
	to = ptx_type_named(instr->opcode->mods[instr->opcode->mod_count - 2]);
	from = ptx_type_named(instr->opcode->mods[instr->opcode->mod_count - 1]);
	*letter = from == PTX_F32 ? 'f' : 'w';
	*aux |= from == PTX_F32 ? 0 : TEX_INTEGER;
	*results = 4;
	if (to == PTX_F16) {
		*aux |= TEX_HALF;
	} else if (to == PTX_F16X2) {
		*aux |= TEX_HALF2;
		*results = 2;
	}
	return (from == PTX_F32 || from == PTX_S32) &&
	       (to == PTX_F32 || to == PTX_S32 || to == PTX_U32 || to == PTX_F16 ||
		to == PTX_F16X2);
}

/* The predicate behind the results: all memory of a texture is there */
static void resident(struct decoder *d)
{
	const struct ptx_operand *second = d->instr->operands[0]->second;
	uint32_t code;
	struct insn *in;

	if (!second)
		return;
	code = decode_destination(d, second, 'p');
	in = decode_emit(d, "mov.pred");
	decode_def(d, in, 0, code);
	decode_use(d, in, 1, decode_constant(d, BANK_PRED, ALL_LANES));
}

static void sample(struct decoder *d, enum tex_shape shape, uint32_t aux)
{
	const struct ptx_instr *instr = d->instr;
	const struct ptx_operand *to[4];
	uint32_t number, codes[4], defs[4];
	unsigned count, results;
	struct insn *in;
	char letter;

	if (instr->operand_count < 2 || !tex_types(d, &aux, &letter, &results)) {
		invalid(d);
		return;
	}
	count = decode_elements(instr->operands[0], 4, to);
	if (count > results) {
		invalid(d);
		return;
	}
	if (!place(d, instr->operands[1], shape, letter, &number, codes))
		return;
	aux |= stage_extras(d, shape, letter);
	for (unsigned i = 0; i < count; i++)
		defs[i] = decode_destination(d, to[i], 'w');
	in = decode_emit(d, "tex");
	in->aux = aux | shape;
	in->count = (uint8_t)count;
	for (unsigned i = 0; i < count; i++)
		decode_def(d, in, i, defs[i]);
	use_place(d, in, shape, number, codes);
	resident(d);
}

void decode_tex(struct decoder *d)
{
	enum tex_shape shape;

	if (find_shape(d->instr, &shape))
		sample(d, shape, 0);
	else
		decode_unsupported(d);
}

/* tld4.r.2d: one component of the four texels around a point */
void decode_tld4(struct decoder *d)
{
	static const char components[] = "rgba";
	const char *at = d->instr->opcode->mod_count ? strchr(components, d->instr->opcode->mods[0][0]) : NULL;
	enum tex_shape shape;

	if (!find_shape(d->instr, &shape) || shape != TEX_2D || !at || !*at) {
		decode_unsupported(d);
		return;
	}
	sample(d, shape, TEX_GATHER | (uint32_t)(at - components) << TEX_COMPONENT);
}

/* ---- txq, suq ---- */

static void query(struct decoder *d, const char *row)
{
	static const char *const names[] = {
		[QUERY_WIDTH] = "width", [QUERY_HEIGHT] = "height", [QUERY_DEPTH] = "depth",
		[QUERY_ARRAY_SIZE] = "array_size", [QUERY_LEVELS] = "num_mipmap_levels",
		[QUERY_SAMPLES] = "num_samples", [QUERY_NORMALIZED] = "normalized_coords",
		[QUERY_TYPE] = "channel_data_type", [QUERY_ORDER] = "channel_order",
	};
	const struct ptx_instr *instr = d->instr;
	uint32_t number, def, level = decode_constant(d, BANK_32, 0);
	struct insn *in;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!decode_has(instr, names[i]))
			continue;
		if (instr->operand_count < 2 || !object(d, instr->operands[1], &number))
			return;
		if (instr->operand_count > 2)
			level = decode_source(d, instr->operands[2], 'w');
		def = decode_destination(d, instr->operands[0], 'w');
		in = decode_emit(d, row);
		in->aux = i;
		decode_def(d, in, 0, def);
		decode_use(d, in, TEX_OBJECT, number);
		decode_use(d, in, TEX_COORDINATES, level);
		return;
	}
	decode_unsupported(d);
}

void decode_txq(struct decoder *d)
{
	query(d, "txq");
}

void decode_suq(struct decoder *d)
{
	query(d, "suq");
}

/* ---- suld, sust, sured ---- */

static bool surface_aux(struct decoder *d, enum tex_shape *shape, uint32_t *aux)
{
	static const char *const modes[] = {
		[SURF_TRAP] = "trap", [SURF_CLAMP] = "clamp", [SURF_ZERO] = "zero",
	};

	if (!find_shape(d->instr, shape) || *shape > TEX_A2D || !d->instr->opcode->mod_count) {
		decode_unsupported(d);
		return false;
	}
	*aux = *shape | SURF_TRAP << SURF_MODE;
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (decode_has(d->instr, modes[i]))
			*aux = *shape | i << SURF_MODE;
	if (!strcmp(d->instr->opcode->mods[0], "p"))
		*aux |= SURF_FORMATTED;
	return true;
}

/* The type of an element: the last modifier that is one */
static enum ptx_type surface_type(const struct ptx_instr *instr)
{
	enum ptx_type type = PTX_NONE;

	for (unsigned i = 0; i < instr->opcode->mod_count; i++)
		if (ptx_type_named(instr->opcode->mods[i]) != PTX_NONE)
			type = ptx_type_named(instr->opcode->mods[i]);
	return type;
}

static void load_or_store(struct decoder *d, const char *op, unsigned data, unsigned address)
{
	const struct ptx_instr *instr = d->instr;
	const struct ptx_operand *list[4];
	unsigned count, bytes = ptx_type_bytes(surface_type(instr));
	uint32_t aux, number, places[4], codes[4];
	char row[16], letter = bytes == 8 ? 'q' : 'w';
	enum tex_shape shape;
	struct insn *in;

	if (!surface_aux(d, &shape, &aux))
		return;
	/* Formatted loads PTX has not yet; formatted stores are of 32 bits */
	if (instr->operand_count < 2 || !bytes || bytes > 8 ||
	    ((aux & SURF_FORMATTED) && (!data || bytes != 4))) {
		decode_unsupported(d);
		return;
	}
	count = decode_elements(instr->operands[data], 4, list);
	if (!count || count & (count - 1)) {
		invalid(d);
		return;
	}
	if (!place(d, instr->operands[address], shape, 'w', &number, places))
		return;
	for (unsigned i = 0; i < count; i++)
		codes[i] = data ? decode_source(d, list[i], letter) :
				  decode_destination(d, list[i], letter);
	if (aux & SURF_FORMATTED)
		snprintf(row, sizeof(row), "%s.p", op);
	else
		snprintf(row, sizeof(row), "%s.%u", op, 8 * bytes);
	in = decode_emit(d, row);
	in->aux = aux;
	in->count = (uint8_t)count;
	for (unsigned i = 0; i < count; i++) {
		if (data)
			decode_use(d, in, i, codes[i]);
		else
			decode_def(d, in, i, codes[i]);
	}
	use_place(d, in, shape, number, places);
}

void decode_suld(struct decoder *d)
{
	load_or_store(d, "suld", 0, 1);
}

void decode_sust(struct decoder *d)
{
	load_or_store(d, "sust", 1, 0);
}

/* sured.b.add.2d.u32.trap [surface, {x, y}], value */
void decode_sured(struct decoder *d)
{
	static const char *const operations[] = { "add", "min", "max", "and", "or" };
	const struct ptx_instr *instr = d->instr;
	enum ptx_type type = surface_type(instr);
	uint32_t aux, number, places[4], value;
	enum tex_shape shape;
	struct insn *in;
	char row[24];

	if (!surface_aux(d, &shape, &aux))
		return;
	for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!decode_has(instr, operations[i]))
			continue;
		if (instr->operand_count < 2 || ptx_type_bytes(type) != 4 ||
		    !place(d, instr->operands[0], shape, 'w', &number, places))
			break;
		value = decode_source(d, instr->operands[1], 'w');
		snprintf(row, sizeof(row), "sured.%s.%s", operations[i],
			 type == PTX_S32 ? "s32" : "u32");
		in = decode_emit(d, row);
		in->aux = aux;
		decode_use(d, in, 0, value);
		use_place(d, in, shape, number, places);
		return;
	}
	decode_unsupported(d);
}
