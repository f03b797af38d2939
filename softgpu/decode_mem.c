/* SPDX-License-Identifier: MIT */
/*
 * decode_mem.c - ld, st, atom, red, and the stack
 *
 * A memory row's name is made of what matters here: space, type in memory, register width.
 * Cache operators, eviction and prefetch hints say nothing to a CPU.
 */

#include "softgpu/decode_mem.h"

static void parse_modifier(struct access *access, const char *mod)
{
	static const struct {
		const char *mod;
		enum ptx_space space;
	} spaces[] = {
		{ "global", SPACE_GLOBAL }, { "shared", SPACE_SHARED }, { "local", SPACE_LOCAL },
		{ "param", SPACE_PARAM }, { "const", SPACE_CONST },
	};
	static const char *const strong[] = {
		"volatile", "relaxed", "acquire", "release", "acq_rel", "mmio",
	};
	size_t length = strcspn(mod, ":");

	for (unsigned i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (strlen(spaces[i].mod) == length && !strncmp(mod, spaces[i].mod, length))
			access->space = spaces[i].space;
	for (unsigned i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
		access->strong |= !strcmp(mod, strong[i]);
	if (mod[0] == 'v' && mod[1] >= '2' && mod[1] <= '8' && !mod[2])
		access->count = (unsigned)(mod[1] - '0');
}

struct access *access_of(struct decoder *d)
{
	static _Thread_local struct access no_access;
	const struct ptx_opcode *opcode = d->instr->opcode;
	struct access *access;

	if (d->opcode->access)
		return d->opcode->access;
	access = bump_alloc(&d->program->bump, sizeof(*access));
	if (!access) {
		decode_error(d, CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
		return &no_access;
	}
	access->count = 1;
	for (unsigned i = 0; i < opcode->mod_count; i++)
		parse_modifier(access, opcode->mods[i]);
	if (opcode->mod_count)
		access->type = ptx_type_named(opcode->mods[opcode->mod_count - 1]);
	access->cluster = decode_in_cluster(d->instr);
	access->async = decode_has(d->instr, "async");
	access->hint = decode_has(d->instr, "L2::cache_hint");
	d->opcode->access = access;
	return access;
}

const char *access_space(enum ptx_space space)
{
	switch (space) {
	case SPACE_SHARED:
		return "shared";
	case SPACE_LOCAL:
		return "local";
	case SPACE_PARAM:
		return "param";
	default:
		return "global";
	}
}

/* What is the block's own no other processor looks at */
const char *access_once(const struct access *access, const struct address *address)
{
	bool several = access->count > 1 || access->type == PTX_B128;

	return access->strong && several && address->space == SPACE_GLOBAL ? ".once" : "";
}

static bool is_signed(enum ptx_type type)
{
	return type >= PTX_S8 && type <= PTX_S64;
}

bool access_operands(struct decoder *d, const struct access *access, unsigned count)
{
	if (d->instr->operand_count == count + access->hint)
		return true;
	decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
	return false;
}

static bool check_access(struct decoder *d, const struct access *access, unsigned operands)
{
	unsigned bytes = ptx_type_bytes(access->type);

	if (access->type == PTX_PRED || !bytes || bytes > 8 || (access->count & (access->count - 1))) {
		decode_unsupported(d);
		return false;
	}
	return access_operands(d, access, operands);
}

/* The width of @count registers: w, q, or h for 16 bits; constants and _ take that of the others */
static bool register_width(struct decoder *d, const struct ptx_operand *const *operands, unsigned count,
			   const struct access *access, char *width)
{
	unsigned bytes = ptx_type_bytes(access->type);
	struct symbol symbol;
	char found = 0;

	for (unsigned i = 0; i < count; i++) {
		if (operands[i]->kind != OPERAND_NAME || !decode_register(d, operands[i], &symbol))
			continue;
		if ((symbol.code & 3) == BANK_PRED || (bytes == 8 && (symbol.code & 3) != BANK_64) ||
		    (found && (found == 'q') != ((symbol.code & 3) == BANK_64))) {
			decode_error(d, CUDA_ERROR_INVALID_PTX, "register of a wrong width");
			return false;
		}
		found = (symbol.code & 3) == BANK_64 ? 'q' : ptx_type_bytes(symbol.type) <= 2 ? 'h' : 'w';
	}
	*width = found ? found : bytes == 8 ? 'q' : 'w';
	return true;
}

/* Where @access keeps its row for @space and @width */
static const struct exec_op **row_at(struct access *access, enum ptx_space space, char width)
{
	return &access->rows[space][width == 'q' ? 0 : width == 'h' ? 1 : 2];
}

/* Kernel parameters are loaded one by one */
static const struct exec_op *load_row(struct decoder *d, struct access *access, const struct address *address,
				      char width)
{
	const struct exec_op **row = row_at(access, address->space, width);
	bool vector = access->count > 1 && address->space != SPACE_PARAM;
	unsigned bits = 8 * ptx_type_bytes(access->type);
	bool sign = is_signed(access->type) && bits < (width == 'q' ? 64 : width == 'h' ? 16 : 32);
	char name[40];

	if (*row)
		return *row;
	/* Only a byte has a sign to extend in a 16-bit register */
	if (width == 'h' && (vector || !sign))
		width = 'w';
	snprintf(name, sizeof(name), "%s.%s.%c%u.%c%s", vector ? "ldv" : "ld", access_space(address->space),
		 sign ? 's' : 'u', bits, width, access_once(access, address));
	*row = exec_op_find(name);
	return *row ? *row : decode_find(d, name);
}

static const struct exec_op *store_row(struct decoder *d, struct access *access, const struct address *address,
				       char width)
{
	const struct exec_op **row = row_at(access, address->space, width);
	char name[40];

	if (*row)
		return *row;
	snprintf(name, sizeof(name), "%s.%s.%u.%c%s", access->count > 1 ? "stv" : "st",
		 access_space(address->space), 8 * ptx_type_bytes(access->type), width == 'q' ? 'q' : 'w',
		 access_once(access, address));
	*row = exec_op_find(name);
	return *row ? *row : decode_find(d, name);
}

/* Kernel parameters as a vector: one load each */
static void load_params(struct decoder *d, struct access *access,
			const struct address *address, const struct ptx_operand *const *to,
			unsigned count)
{
	unsigned bytes = ptx_type_bytes(access->type);
	char width;

	if (address->offset < 0 || address->room < (uint64_t)bytes * count) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "beyond the parameters");
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		struct insn *in;
		uint32_t def;

		if (!register_width(d, &to[i], 1, access, &width))
			return;
		def = decode_destination(d, to[i], width == 'q' ? 'q' : 'w');
		in = decode_emit_row(d, load_row(d, access, address, width));
		in->imm = address->offset + i * bytes;
		decode_def(d, in, 0, def);
	}
}

/* Handlers of vectors and of local memory note no pattern */
static void know_place(struct decoder *d, struct insn *in, const struct access *access,
		       const struct address *address)
{
	if (access->count == 1 && address->space != SPACE_LOCAL)
		decode_place(d, in, address->code, ptx_type_bytes(access->type));
}

bool access_place(struct decoder *d, const struct ptx_operand *operand, const struct access *access,
		  struct address *out)
{
	return access->cluster ? decode_cluster_address(d, operand, out) :
				 decode_address(d, operand, access->space, out);
}

void decode_ld(struct decoder *d)
{
	struct access *access = access_of(d);
	const struct ptx_instr *instr = d->instr;
	const struct ptx_operand *to[8];
	uint32_t defs[8];
	struct address address;
	struct insn *in;
	char width;

	if (access->type == PTX_B128) {
		decode_ld_b128(d);
		return;
	}
	if (!check_access(d, access, 2) ||
	    decode_elements(instr->operands[0], 8, to) != access->count) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "vector of a wrong size");
		return;
	}
	if (!access_place(d, instr->operands[1], access, &address))
		return;
	if (address.space == SPACE_PARAM) {
		load_params(d, access, &address, to, access->count);
		return;
	}
	if (!register_width(d, to, access->count, access, &width))
		return;
	for (unsigned i = 0; i < access->count; i++)
		defs[i] = decode_destination(d, to[i], width == 'q' ? 'q' : 'w');
	in = decode_emit_row(d, load_row(d, access, &address, width));
	in->imm = address.offset;
	in->count = (uint8_t)access->count;
	in->slot = decode_slot(d);
	know_place(d, in, access, &address);
	for (unsigned i = 0; i < access->count; i++)
		decode_def(d, in, i, defs[i]);
	decode_use(d, in, access->count, address.code);
	if (access->strong)
		decode_emit(d, "strong");
}

void decode_st(struct decoder *d)
{
	struct access *access = access_of(d);
	const struct ptx_instr *instr = d->instr;
	const struct ptx_operand *from[8];
	uint32_t uses[8];
	const struct exec_op *op;
	struct address address;
	struct insn *in;
	char width;

	if (access->type == PTX_B128) {
		decode_st_b128(d);
		return;
	}
	if (!check_access(d, access, 2 + access->async) ||
	    decode_elements(instr->operands[1], 8, from) != access->count) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "vector of a wrong size");
		return;
	}
	if (!access_place(d, instr->operands[0], access, &address))
		return;
	if (address.space == SPACE_PARAM) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "store to a kernel's parameter");
		return;
	}
	if (!register_width(d, from, access->count, access, &width))
		return;
	for (unsigned i = 0; i < access->count; i++) {
		uses[i] = decode_source(d, from[i], width == 'q' ? 'q' :
					access->type == PTX_F32 ? 'f' : 'w');
		if (access->type == PTX_F64 && from[i]->kind != OPERAND_NAME)
			uses[i] = decode_source(d, from[i], 'd');
	}
	op = store_row(d, access, &address, width);
	if (access->strong)
		decode_emit(d, "strong");
	in = decode_emit_row(d, op);
	in->imm = address.offset;
	in->count = (uint8_t)access->count;
	in->slot = decode_slot(d);
	know_place(d, in, access, &address);
	decode_use(d, in, 0, address.code);
	for (unsigned i = 0; i < access->count; i++)
		decode_use(d, in, 1 + i, uses[i]);
	if (access->async)
		decode_complete(d, instr->operands[2], access->count * ptx_type_bytes(access->type));
}

/* ---- atom, red ---- */

/* The operation: the modifier before the type, but for .noftz */
static const char *atom_operation(const struct ptx_instr *instr)
{
	static const char *const names[] = {
		"add", "and", "or", "xor", "min", "max", "exch", "cas", "inc", "dec",
	};

	for (unsigned i = 0; i < instr->opcode->mod_count; i++)
		for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (!strcmp(instr->opcode->mods[i], names[k]))
				return names[k];
	return NULL;
}

/* One element of an atomic access: @def unused for red; @use: its sources, as the row wants them */
static void emit_atom(struct decoder *d, const struct exec_op *op, const struct address *address,
		      unsigned element, const uint32_t *def, const uint32_t *use, unsigned sources)
{
	unsigned bytes = letter_bank(op->signature[0]) == BANK_64 ? 8 : op->signature[0] == 'h' ? 2 : 4;
	struct insn *in = decode_emit_row(d, op);

	in->imm = address->offset + element * bytes;
	in->slot = decode_slot(d);
	in->aux = strchr(op->signature, '#') != NULL;
	in->flags = !def;
	in->o[0] = BANK_CONST;
	if (def)
		decode_def(d, in, 0, *def);
	decode_use(d, in, 1, address->code);
	for (unsigned i = 0; i < 2; i++)
		decode_use(d, in, 2 + i, i < sources ? use[i] : use[0]);
}

/* atom.add.v2.f32 {d, e}, [address], {x, y}: each element is atomic, the vector is not */
static void decode_vector_atom(struct decoder *d, const struct exec_op *op, unsigned first,
			       const struct access *access, const struct address *address)
{
	const struct ptx_operand *to[8], *from[8];
	uint32_t defs[8], uses[8];

	if (decode_elements(d->instr->operands[first + 1], 8, from) != access->count ||
	    (first && decode_elements(d->instr->operands[0], 8, to) != access->count)) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "vector of a wrong size");
		return;
	}
	for (unsigned i = 0; i < access->count; i++) {
		uint32_t source = decode_source(d, from[i], op->signature[3]);
		struct insn *in = decode_emit(d, "mov.b32");

		/* Sources may be destinations, too */
		uses[i] = symbol_new_register(d, BANK_32);
		decode_def(d, in, 0, uses[i]);
		decode_use(d, in, 1, source);
		if (first)
			defs[i] = decode_destination(d, to[i], op->signature[0]);
	}
	for (unsigned i = 0; i < access->count; i++)
		emit_atom(d, op, address, i, first ? &defs[i] : NULL, &uses[i], 1);
}

void decode_atom(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	const struct exec_op *op = NULL;
	const char *operation = atom_operation(instr);
	unsigned first = !strcmp(instr->opcode->name, "red") ? 0 : 1, sources;
	const struct access *access = access_of(d);
	bool async = !first && access->async;
	uint32_t def, use[2];
	struct address address;
	char name[48];

	if (access->type == PTX_B128) {
		decode_atom_b128(d);
		return;
	}
	if (instr->operand_count <= first || !operation ||
	    !access_place(d, instr->operands[first], access, &address)) {
		decode_unsupported(d);
		return;
	}
	snprintf(name, sizeof(name), "atom.%s.%s.%s", access_space(address.space), operation,
		 instr->opcode->mods[instr->opcode->mod_count - 1]);
	op = exec_op_find(name);
	sources = op && *op->signature ? (unsigned)strcspn(op->signature + 3, "#") : 0;
	if (!sources || (access->count > 1 && (sources != 1 || letter_bank(op->signature[3]) != BANK_32))) {
		decode_unsupported(d);
		return;
	}
	if (!access_operands(d, access, first + 1 + sources + async))
		return;
	if (access->count > 1) {
		decode_vector_atom(d, op, first, access, &address);
		return;
	}
	for (unsigned i = 0; i < sources; i++)
		use[i] = decode_source(d, instr->operands[first + 1 + i], op->signature[3 + i]);
	if (first)
		def = decode_destination(d, instr->operands[0], op->signature[0]);
	emit_atom(d, op, &address, 0, first && instr->operands[0]->kind != OPERAND_SINK ? &def : NULL,
		  use, sources);
	if (async)
		decode_complete(d, instr->operands[2], ptx_type_bytes(access->type));
}

/* ---- the stack, hints ---- */

/* alloca.u64 ptr, size{, align} */
void decode_alloca(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	uint64_t align = 8;
	uint32_t size, def;
	struct insn *in;

	if (instr->operand_count < 2) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "too few operands");
		return;
	}
	if (instr->operand_count > 2 && instr->operands[2]->kind == OPERAND_INT)
		align = instr->operands[2]->value;
	if (!align || align > 4096 || (align & (align - 1))) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "bad alignment");
		return;
	}
	size = decode_source(d, instr->operands[1], 'q');
	def = decode_destination(d, instr->operands[0], 'q');
	in = decode_emit(d, "alloca");
	in->aux = (uint32_t)align;
	decode_def(d, in, 0, def);
	decode_use(d, in, 1, size);
	d->function->unbounded = true;
}

/* Advice to caches and schedulers */
void decode_prefetch(struct decoder *d)
{
	decode_emit(d, "nop");
}

/*
 * createpolicy.fractional... d{, fraction}; .range... d, [a], primary, total; .cvt... d, property
 *
 * What a policy's bits are the ISA leaves open.  Here they say nothing, as there is no L2 cache.
 */
void decode_createpolicy(struct decoder *d)
{
	const struct ptx_instr *instr = d->instr;
	const bool cvt = decode_has(instr, "cvt"), range = decode_has(instr, "range");
	const unsigned most = range ? 4 : 2, least = cvt || range ? most : 1;
	struct address address;
	struct insn *in;
	uint32_t def;

	if (!(cvt || range || decode_has(instr, "fractional")) || !decode_has(instr, "b64")) {
		decode_unsupported(d);
		return;
	}
	if (instr->operand_count < least || instr->operand_count > most) {
		decode_error(d, CUDA_ERROR_INVALID_PTX, "wrong number of operands");
		return;
	}
	if (range && !decode_address(d, instr->operands[1], SPACE_GLOBAL, &address))
		return;
	for (unsigned i = range ? 2 : 1; i < instr->operand_count; i++)
		decode_source(d, instr->operands[i], cvt ? 'q' : range ? 'w' : 'f');
	def = decode_destination(d, instr->operands[0], 'q');
	in = decode_emit(d, "mov.b64");
	decode_def(d, in, 0, def);
	decode_use(d, in, 1, decode_constant(d, BANK_64, 0));
}

void decode_fence(struct decoder *d)
{
	decode_emit(d, "fence");
}
