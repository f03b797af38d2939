/* SPDX-License-Identifier: MIT */
/*
 * ptx_parse.h - PTX text to a tree
 *
 * The tree is what the text says, no more: names are not resolved, opcodes not known.
 * Everything lives in one bump allocator, names are interned (compare addresses).
 */
#ifndef SOFTGPU_PTX_PARSE_H
#define SOFTGPU_PTX_PARSE_H

#include "softgpu/bump.h"
#include "softgpu/report.h"

enum ptx_type {
	PTX_NONE,
	PTX_PRED,
	PTX_B8, PTX_B16, PTX_B32, PTX_B64, PTX_B128,
	PTX_U8, PTX_U16, PTX_U32, PTX_U64,
	PTX_S8, PTX_S16, PTX_S32, PTX_S64,
	PTX_F16, PTX_F16X2, PTX_BF16, PTX_BF16X2, PTX_TF32, PTX_F32, PTX_F64,
	PTX_TEXREF, PTX_SAMPLERREF, PTX_SURFREF,
	PTX_TYPES,
};

enum ptx_space {
	SPACE_NONE,		/* generic, in an instruction */
	SPACE_REG, SPACE_PARAM, SPACE_LOCAL, SPACE_SHARED, SPACE_GLOBAL, SPACE_CONST,
};

enum ptx_linkage { LINK_LOCAL, LINK_VISIBLE, LINK_WEAK, LINK_COMMON, LINK_EXTERN };

enum ptx_init_kind { INIT_INT, INIT_F32, INIT_F64, INIT_NAME };

/**
 * struct ptx_init - one element of an initialiser
 * @index:	of the element in the flattened array
 * @value:	the number, its bits, or the offset added to @name's address
 * @mask:	for 0xFF00(name): which bits of the address; 0 for all of it
 */
struct ptx_init {
	struct ptx_init *next;
	enum ptx_init_kind kind;
	bool generic;
	uint64_t index, value, mask;
	const char *name;
};

/**
 * struct ptx_var - a variable, a parameter or a family of registers
 * @count:	elements (times @vector); 0 for an array of unknown size, [] without a value
 * @range:	N of .reg .b32 %r<N>; 0 for one register called @name
 * @align:	0: the type's own
 */
struct ptx_var {
	struct ptx_var *next;
	const char *name;
	enum ptx_space space;
	enum ptx_type type;
	enum ptx_linkage linkage;
	uint32_t line, align, vector, range;
	uint64_t count;
	bool managed, array;
	struct ptx_init *init;
};

enum ptx_operand_kind {
	OPERAND_NAME,		/* name, name+offset; a component (%tid.x) is part of the name */
	OPERAND_INT,
	OPERAND_F32,
	OPERAND_F64,
	OPERAND_ADDRESS,	/* [name+offset], [number]; further operands of [a, {b,c}] in list */
	OPERAND_VECTOR,		/* {a, b} */
	OPERAND_LIST,		/* (a, b), of a call */
	OPERAND_SINK,		/* _ */
};

/**
 * struct ptx_operand
 * @not:	!p
 * @negative:	-name, of vmad
 * @value:	the number, its bits, or the offset
 * @list:	elements of a vector or list
 * @second:	q of p|q
 */
struct ptx_operand {
	struct ptx_operand *next;
	enum ptx_operand_kind kind;
	bool not, negative;
	const char *name;
	uint64_t value;
	struct ptx_operand *list;
	struct ptx_operand *second;
};

#define PTX_MODIFIERS	14
#define PTX_OPERANDS	10

/**
 * struct ptx_opcode - an opcode with its modifiers; instructions that are written alike share it
 * @mods:	modifiers in order, without the dot
 * @decoded:	see decode_opcode.c
 */
struct ptx_opcode {
	const char *name;
	struct decoded_opcode *decoded;
	const char *mods[PTX_MODIFIERS];
	uint8_t mod_count;
};

/**
 * struct ptx_instr
 * @text, @bytes: as written, for messages
 * @operands:	@operand_count of them; plain names are shared with other instructions
 */
struct ptx_instr {
	const char *text;
	uint32_t bytes, line;
	const char *guard;
	struct ptx_opcode *opcode;
	bool guard_not;
	uint8_t operand_count;
	struct ptx_operand *operands[];
};

enum ptx_statement_kind {
	STATEMENT_INSTR,
	STATEMENT_LABEL,
	STATEMENT_OPEN,			/* { */
	STATEMENT_CLOSE,		/* } */
	STATEMENT_VAR,
	STATEMENT_PROTOTYPE,		/* name: .callprototype */
	STATEMENT_TARGETS,		/* name: .branchtargets or .calltargets */
};

struct ptx_function;

/**
 * struct ptx_statement
 * @scope:	of a label: number of the innermost { } around it, from 1 on as they open
 * @name:	of labels, prototypes and targets
 */
struct ptx_statement {
	struct ptx_statement *next;
	enum ptx_statement_kind kind;
	uint32_t scope;
	const char *name;
	union {
		struct ptx_statement *next_label;
		struct ptx_instr *instr;
		struct ptx_var *var;
		struct ptx_function *prototype;
		struct ptx_operand *targets;
	};
};

/**
 * struct ptx_function - .entry, .func or the signature in a .callprototype
 * @body:	NULL for a declaration (has_body tells an empty body apart)
 * @labels:	those of its statements
 * @instructions: how many of them there are; @alloca: one of them is alloca
 * @max_threads: the product of .maxntid or .reqntid, 0 without
 */
struct ptx_function {
	struct ptx_function *next;
	const char *name;
	enum ptx_linkage linkage;
	bool entry, has_body, noreturn, alloca;
	uint32_t line, instructions;
	struct ptx_var *params, *returns;
	struct ptx_statement *body, *labels;
	uint32_t max_threads, block[3], min_blocks, cluster[3];
	bool explicit_cluster;
};

/* struct ptx_alias - .alias name, target; */
struct ptx_alias {
	struct ptx_alias *next;
	const char *name, *target;
};

struct ptx_module {
	const char *file;
	uint32_t version, target;
	struct ptx_function *functions;
	struct ptx_var *vars;
	struct ptx_alias *aliases;
};

/**
 * ptx_parse() - parse one text
 * @text:	ends with a NUL; must outlive the tree: instructions point into it
 * @file:	what messages call the text
 *
 * Return: the tree, or NULL with a line in @report.
 */
struct ptx_module *ptx_parse(struct bump *bump, struct names *names, const char *text,
			     const char *file, struct report *report);

/* ptx_type_named() - of "u32" and the like; PTX_NONE: not a type */
enum ptx_type ptx_type_named(const char *name);
unsigned ptx_type_bytes(enum ptx_type type);

#endif /* SOFTGPU_PTX_PARSE_H */
