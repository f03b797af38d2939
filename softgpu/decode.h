/* SPDX-License-Identifier: MIT */
/*
 * decode.h - from the tree of a function to instructions that run
 *
 * decode.c		a kernel and all it calls; statements, labels, frames
 * decode_symbol.c	names in a function: registers, variables, parameters; scopes
 * decode_operand.c	operands: registers, constants, addresses
 * decode_opcode.c	which of the following decodes an instruction
 * decode_alu.c		instructions that are one row of a table, and compositions of such rows
 * decode_cvt.c		cvt
 * decode_mem.c		ld, st, atom, red, mov of addresses
 * decode_b128.c	the same and mov for registers of 128 bits
 * decode_control.c	bra, brx, call, ret, bar, the .sync instructions
 * decode_tex.c		tex, tld4, suld, sust, sured and their queries
 * decode_async.c	mbarrier, cp.async
 * decode_matrix.c	ldmatrix, stmatrix
 * decode_video.c	vadd, vadd2, vadd4 and their like
 * decode_place.c	accesses whose pattern is known
 * decode_hoist.c	what need not run for every thread
 * decode_alloc.c	which registers share storage
 *
 * While a function is decoded, an operand is a bank and the number of a virtual register
 * (or, in BANK_CONST, already the offset); decode_alloc.c makes offsets of them.
 */
#ifndef SOFTGPU_DECODE_H
#define SOFTGPU_DECODE_H

#include "softgpu/program_link.h"

/* decode_kernel() - with the program's lock held; see kernel_prepare() */
CUresult decode_kernel(struct kernel *kernel, struct report *report);

enum symbol_kind {
	SYMBOL_REGISTER,	/* @type; @code */
	SYMBOL_WIDE_REGISTER,	/* .b128: @code is the low half, @high the other */
	SYMBOL_RANGE,		/* @type; @codes, one or two each of @count, are made when used, 0 before */
	SYMBOL_LOCAL,		/* at @offset of the frame; .local, and .param of calls */
	SYMBOL_SHARED,		/* at @offset of the block's memory */
	SYMBOL_DYNAMIC,		/* .extern .shared: behind all the others */
	SYMBOL_KERNEL_PARAM,	/* at @offset of the parameter block */
	SYMBOL_GLOBAL,		/* at @address */
	SYMBOL_FUNCTION,	/* @definition */
	SYMBOL_PROTOTYPE,	/* @function */
	SYMBOL_TARGETS,		/* @targets */
};

struct symbol {
	struct symbol *next, *older;
	const char *name;
	enum symbol_kind kind;
	enum ptx_type type;
	uint32_t scope, count, code, high, offset;
	uint64_t address, bytes;
	uint32_t *codes;
	const struct definition *definition;
	const struct ptx_function *function;
	const struct ptx_operand *targets;
};

/* struct label - where it stands, once @placed */
struct label {
	const char *name;
	uint32_t scope, position;
	bool placed;
};

/* struct fixup - something in instruction @insn that refers to label @label */
struct fixup {
	uint32_t insn, label;
	struct branch_table *table;
	uint32_t entry;
};

/* struct constant - @bits in all lanes, at @offset of function.constants */
struct constant {
	uint64_t bits;
	uint32_t offset;
	enum bank like;
};

/* struct dynamic_fixup - a constant that is an address in the dynamic shared memory */
struct dynamic_fixup {
	struct function *function;
	uint32_t offset;
	bool wide;
	uint64_t addend;
};

#define SYMBOL_SLOTS	256
#define SCOPES_MAX	64

struct decoder;
typedef void decode_fn(struct decoder *d);

/**
 * struct decoded_opcode - what is known of an opcode with its modifiers
 * @special:	the function that decodes it; NULL: its row does
 * @control:	waits, branches or ends: see decode_instr()
 * @row:	of that name, NULL if there is none; @row_of_four: with four operands
 * @access:	see access_of(); NULL before it was called
 */
struct decoded_opcode {
	decode_fn *special;
	bool control;
	const struct exec_op *row, *row_of_four;
	struct access *access;
};

/**
 * struct decoder - while one function is decoded
 * @scratch:	what is needed no longer than that; the program's
 * @instr:	in hand, and what is known of its @opcode; @no_opcode when there is no memory for that
 * @guard:	register of its predicate, 0 without; @guard_not: inverted
 * @insns, @sources: the code and what it was made from, in the kernel's memory; there is room behind the end
 * @registers:	virtual registers so far, by bank; number 0 is not used
 * @scope:	number of the innermost { }; @scopes: numbers of all open ones
 * @fixup_first: of each instruction, index of the first fixup at or behind it
 * @label_slots: hash table of numbers of labels, plus one
 * @queue:	functions to decode, by definition index; @queued: those that are or were in it
 * @constants:	@constant_count of them, of @constant_used bytes
 * @constant_table: hash table of numbers of constants, plus one
 * @local:	bytes of the frame's local memory
 * @carry:	the register of the carry flag, 0 before it is needed
 * @link:	of the return address
 * @places:	registers through which memory was accessed, and how wide; 0: written since
 * @next_place: those used
 */
struct decoder {
	struct kernel *kernel;
	struct program *program;
	const struct definition *definition;
	struct function *function;
	struct report *report;
	struct bump *scratch;
	CUresult result;

	const struct ptx_instr *instr;
	struct decoded_opcode *opcode, no_opcode;
	uint32_t guard;
	bool guard_not;

	struct insn *insns;
	const struct ptx_instr **sources;
	uint32_t count, size;

	uint32_t registers[3];
	struct symbol *slots[SYMBOL_SLOTS], *symbols;
	uint32_t scope, scope_count, depth, scopes[SCOPES_MAX];
	struct label *labels;
	uint32_t label_count, label_size, next_label;
	uint32_t *label_slots, label_slot_count;
	struct fixup *fixups;
	uint32_t fixup_count, fixup_size;
	uint32_t *fixup_first;

	struct constant *constants;
	uint32_t constant_count, constant_size, constant_used;
	uint32_t *constant_table, constant_slots;

	uint32_t local, carry, link, stack_mark;
	uint16_t next_slot;
	struct {
		uint32_t code;
		unsigned bytes;
	} places[PLACE_NOBODY];
	unsigned next_place;

	/* Of the whole kernel */
	struct dynamic_fixup *dynamic;
	uint32_t dynamic_count, dynamic_size;
	uint32_t *queue, queue_count;
	bool *queued, indirect;
};

/* decode_error() - the first one counts; the instruction in hand is named */
__attribute__((format(printf, 3, 4)))
void decode_error(struct decoder *d, CUresult result, const char *format, ...);

/* decode_unsupported() - the same: there is no such instruction here */
void decode_unsupported(struct decoder *d);

/*
 * decode_grow() - room in @bump for one more element in an array of @count of @bytes each, the new ones
 * zeroed; NULL: no memory, and that is reported
 */
void *decode_grow(struct decoder *d, struct bump *bump, void *array, uint32_t count, uint32_t *size, size_t bytes);

/* decode_scratch() - @count zeroed elements until the function is decoded; NULL: no memory, and that is reported */
void *decode_scratch(struct decoder *d, size_t count, size_t bytes);

/* decode_emit() - the next instruction: row @name; never NULL */
struct insn *decode_emit(struct decoder *d, const char *name);
struct insn *decode_emit_row(struct decoder *d, const struct exec_op *op);

/* decode_emit_unary() - row @name, of @a; Return: the new register of its result */
uint32_t decode_emit_unary(struct decoder *d, const char *name, enum bank bank, uint32_t a);

/* decode_find() - row @name; never NULL: if there is none, that is reported */
const struct exec_op *decode_find(struct decoder *d, const char *name);

/* decode_slot() - of the span cache, for the next memory instruction */
uint16_t decode_slot(struct decoder *d);

/* decode_use(), decode_def() - operand @n of @in is register or constant @code */
void decode_use(struct decoder *d, struct insn *in, unsigned n, uint32_t code);
void decode_def(struct decoder *d, struct insn *in, unsigned n, uint32_t code);

/* Rows that passes over decoded code look for */
enum known_row {
	ROW_GUARD, ROW_NOP, ROW_BRA, ROW_BRA_IF, ROW_BRX, ROW_CALL, ROW_CALL_INDIRECT, ROW_RET,
	ROW_EXIT, ROW_TRAP, KNOWN_ROWS,
};

/* decode_known_rows - those rows, once decode_kernel() has begun */
extern const struct exec_op *decode_known_rows[KNOWN_ROWS];

/* decode_is() - @in was made from that row */
static inline bool decode_is(const struct insn *in, enum known_row row)
{
	return in->fn == decode_known_rows[row]->fn;
}

/* EACH_OPERAND - each number @n of an operand of @in, and its @role */
#define EACH_OPERAND(n, role, in)						\
	for (uint32_t n = 0, roles_ = (in)->roles, role; (role = roles_ & 3, roles_); roles_ >>= 2, n++)	\
		if (role)

/* decode_require() - function @definition must be decoded too */
void decode_require(struct decoder *d, const struct definition *definition);

/* ---- decode_symbol.c ---- */

struct symbol *symbol_add(struct decoder *d, const char *name, enum symbol_kind kind);
bool symbol_lookup(struct decoder *d, const char *name, struct symbol *out);
void symbol_open_scope(struct decoder *d);
void symbol_close_scope(struct decoder *d);
void symbol_declare(struct decoder *d, const struct ptx_var *var);
uint32_t symbol_new_register(struct decoder *d, enum bank bank);
/* symbol_new_local() - @bytes of the frame; Return: their offset */
uint32_t symbol_new_local(struct decoder *d, uint64_t bytes, uint32_t align);
void symbol_find_labels(struct decoder *d, const struct ptx_function *f);
/* symbol_label() - number of the label that @name means here; errors when there is none */
uint32_t symbol_label(struct decoder *d, const char *name);

/* ---- decode_operand.c ---- */

/* decode_constant() - @bits in all lanes of bank @like */
uint32_t decode_constant(struct decoder *d, enum bank like, uint64_t bits);

/* decode_constant_slot() - room for one that is not known yet */
uint32_t decode_constant_slot(struct decoder *d, enum bank like);

/* decode_fill_constants() - all lanes of all constants of the function; @at: function.constants */
void decode_fill_constants(const struct decoder *d, unsigned char *at);

/*
 * decode_source() - an operand that is read.  @letter: p predicate; b, h, w integers of 8, 16
 * and 32 bits; q of 64; f, d floats.
 */
uint32_t decode_source(struct decoder *d, const struct ptx_operand *operand, char letter);

/* decode_destination() - one that is written; "_" is a register nobody reads */
uint32_t decode_destination(struct decoder *d, const struct ptx_operand *operand, char letter);

/* decode_elements() - those of a vector, or @operand itself; Return: how many, @most at most */
unsigned decode_elements(const struct ptx_operand *operand, unsigned most, const struct ptx_operand **out);
unsigned decode_list_length(const struct ptx_operand *list);

/* decode_register() - the symbol of a register operand; false: it is something else */
bool decode_register(struct decoder *d, const struct ptx_operand *operand, struct symbol *symbol);

/* struct address - of a memory operand: register or constant @code plus @offset */
struct address {
	enum ptx_space space;	/* PARAM only for kernels' own; GLOBAL stands for generic, too */
	uint32_t code;
	int64_t offset;
	uint64_t room;		/* PARAM: bytes from @offset on */
};

/* decode_address() - @space as in the instruction, SPACE_NONE for generic */
bool decode_address(struct decoder *d, const struct ptx_operand *operand, enum ptx_space space,
		    struct address *out);

/* decode_in_cluster() - the instruction is about .shared::cluster; decode_cluster_address() - there */
bool decode_in_cluster(const struct ptx_instr *instr);
bool decode_cluster_address(struct decoder *d, const struct ptx_operand *operand, struct address *out);

/* decode_complete() - the mbarrier at @operand, in .shared::cluster, has got @bytes that it awaited */
void decode_complete(struct decoder *d, const struct ptx_operand *operand, unsigned bytes);

enum bank letter_bank(char letter);

/* ---- instructions ---- */

/* decode_alu() - also everything that has a signature in its row; false: no such row */
bool decode_alu(struct decoder *d);

/* decode_opcode() - never NULL; decode_row_of() - the row of the instruction in hand, if any */
struct decoded_opcode *decode_opcode(struct decoder *d, struct ptx_opcode *opcode);
const struct exec_op *decode_row_of(const struct decoder *d);

decode_fn decode_setp, decode_set, decode_mov, decode_lop3, decode_bar, decode_fence;
decode_fn decode_mov_b128, decode_ld_b128, decode_st_b128, decode_atom_b128;
decode_fn decode_cvt, decode_ld, decode_st, decode_atom, decode_alloca, decode_prefetch;
decode_fn decode_createpolicy;
decode_fn decode_bra, decode_brx, decode_call, decode_ret, decode_exit;
decode_fn decode_shfl, decode_vote, decode_match, decode_elect;
decode_fn decode_tex, decode_tld4, decode_txq, decode_suld, decode_sust, decode_sured, decode_suq;
decode_fn decode_mbarrier, decode_cp, decode_matrix, decode_video, decode_video_part, decode_video_mad;
decode_fn decode_cluster_barrier, decode_mapa, decode_getctarank, decode_cvta, decode_isspacep;

/* decode_has() - the instruction has modifier @mod; decode_mod() - the last one of those listed */
bool decode_has(const struct ptx_instr *instr, const char *mod);

/* decode_signature_bytes() - offsets of results and parameters in a frame; Return: their end */
struct call_layout {
	uint32_t offset, bytes;
};
uint32_t decode_layout(struct decoder *d, const struct ptx_function *f,
		       struct call_layout *results, struct call_layout *params);

/* decode_place() - @in accesses @bytes through register @code: does it know the pattern? */
void decode_place(struct decoder *d, struct insn *in, uint32_t code, unsigned bytes);

/* decode_forget_place() - register @code is written; decode_forget_places() - lanes may part or join */
void decode_forget_place(struct decoder *d, uint32_t code);
void decode_forget_places(struct decoder *d);

/* decode_hoist() - take out what need not run for every thread; before decode_allocate() */
void decode_hoist(struct decoder *d);

/* decode_allocate() - virtual registers to offsets; fills function->frame.bank */
void decode_allocate(struct decoder *d);

#endif /* SOFTGPU_DECODE_H */
