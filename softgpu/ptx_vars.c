/* SPDX-License-Identifier: MIT */
/*
 * ptx_vars.c - declarations of variables, registers and parameters, and initialisers
 */

#include <string.h>

#include "softgpu/ptx_parser.h"

/* ---- integer expressions: precedence climbing ---- */

static uint64_t parse_unary(struct ptx_parser *p)
{
	uint64_t value;

	if (p->depth > PTX_DEPTH) {
		ptx_error(p, "nested too deep");
		return 0;
	}
	p->depth++;
	if (ptx_accept_punct(p, '-')) {
		value = -parse_unary(p);
	} else if (ptx_accept_punct(p, '~')) {
		value = ~parse_unary(p);
	} else if (ptx_accept_punct(p, '!')) {
		value = !parse_unary(p);
	} else if (ptx_accept_punct(p, '+')) {
		value = parse_unary(p);
	} else if (ptx_accept_punct(p, '(')) {
		value = ptx_int_expression(p);
		ptx_expect_punct(p, ')');
	} else {
		value = ptx_expect_int(p);
	}
	p->depth--;
	return value;
}

static int precedence(const struct ptx_parser *p)
{
	switch (p->token.kind == TOKEN_PUNCT ? p->token.punct : 0) {
	case '*': case '/': case '%':
		return 5;
	case '+': case '-':
		return 4;
	case '<': case '>':
		return 3;
	case '&':
		return 2;
	case '^': case '|':
		return 1;
	default:
		return 0;
	}
}

static uint64_t apply(struct ptx_parser *p, char op, uint64_t a, uint64_t b)
{
	switch (op) {
	case '*':
		return a * b;
	case '/': case '%':
		if (!b) {
			ptx_error(p, "division by zero");
			return 0;
		}
		return op == '/' ? a / b : a % b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '<':
		return b < 64 ? a << b : 0;
	case '>':
		return b < 64 ? a >> b : 0;
	case '&':
		return a & b;
	case '^':
		return a ^ b;
	default:
		return a | b;
	}
}

static uint64_t parse_binary(struct ptx_parser *p, uint64_t left, int min)
{
	int prec;

	while ((prec = precedence(p)) >= min && prec) {
		char op = p->token.punct;
		uint64_t right;

		ptx_advance(p);
		if (op == '<' || op == '>')
			ptx_expect_punct(p, op);
		right = parse_unary(p);
		while (precedence(p) > prec)
			right = parse_binary(p, right, prec + 1);
		left = apply(p, op, left, right);
	}
	return left;
}

uint64_t ptx_int_expression(struct ptx_parser *p)
{
	return parse_binary(p, parse_unary(p), 1);
}

/* ---- initialisers ---- */

/* name, name+4, generic(name)+4; @init->mask is set already for 0xFF(name) */
static void parse_init_name(struct ptx_parser *p, struct ptx_init *init)
{
	init->kind = INIT_NAME;
	if (ptx_is_word(p, "generic")) {
		ptx_advance(p);
		ptx_expect_punct(p, '(');
		init->generic = true;
		init->name = ptx_expect_name(p);
		ptx_expect_punct(p, ')');
	} else {
		init->name = ptx_expect_name(p);
	}
	init->value = 0;
	if (ptx_accept_punct(p, '+'))
		init->value = ptx_int_expression(p);
	else if (ptx_accept_punct(p, '-'))
		init->value = -ptx_int_expression(p);
}

static void parse_init_value(struct ptx_parser *p, struct ptx_init *init)
{
	bool negative = false;

	if (p->token.kind == TOKEN_WORD) {
		parse_init_name(p, init);
		return;
	}
	if (ptx_is_punct(p, '-')) {
		struct ptx_lexer lexer = p->lexer;
		struct ptx_token next;

		ptx_lex_next(&lexer, &next);
		negative = next.kind == TOKEN_F64 || next.kind == TOKEN_F32;
		if (negative)
			ptx_advance(p);
	}
	if (p->token.kind == TOKEN_F32 || p->token.kind == TOKEN_F64) {
		bool single = p->token.kind == TOKEN_F32;

		init->kind = single ? INIT_F32 : INIT_F64;
		init->value = p->token.value ^ ((uint64_t)negative << (single ? 31 : 63));
		ptx_advance(p);
		return;
	}
	init->kind = INIT_INT;
	if (p->token.kind == TOKEN_INT) {
		uint64_t mask = p->token.value;

		ptx_advance(p);
		if (ptx_accept_punct(p, '(')) {
			parse_init_name(p, init);
			init->mask = mask;
			ptx_expect_punct(p, ')');
			return;
		}
		init->value = parse_binary(p, mask, 1);
		return;
	}
	init->value = ptx_int_expression(p);
}

/**
 * parse_init_list() - "{ ... }"
 * @level:	which dimension the list belongs to
 * @index:	of the element in the flattened array
 * @dims, @rank: the array's dimensions
 */
static void parse_init_list(struct ptx_parser *p, struct ptx_init ***tail, unsigned level,
			    uint64_t *index, const uint64_t *dims, unsigned rank)
{
	uint64_t start = *index, step = 1;

	for (unsigned i = level + 1; i < rank; i++)
		if (__builtin_mul_overflow(step, dims[i], &step))
			step = 0;
	ptx_expect_punct(p, '{');
	while (p->token.kind != TOKEN_END && !ptx_is_punct(p, '}')) {
		if (ptx_is_punct(p, '{')) {
			if (level + 1 >= rank) {
				ptx_error(p, "too many levels in an initialiser");
				return;
			}
			parse_init_list(p, tail, level + 1, index, dims, rank);
			start += step;
			*index = start;
		} else {
			struct ptx_init *init = ptx_new(p, sizeof(*init));

			parse_init_value(p, init);
			init->index = (*index)++;
			**tail = init;
			*tail = &init->next;
		}
		if (!ptx_accept_punct(p, ','))
			break;
	}
	ptx_expect_punct(p, '}');
}

/* ---- declarations ---- */

enum ptx_space ptx_space_token(const struct ptx_parser *p)
{
	static const struct {
		const char *name;
		enum ptx_space space;
	} spaces[] = {
		{ ".reg", SPACE_REG }, { ".param", SPACE_PARAM }, { ".local", SPACE_LOCAL },
		{ ".shared", SPACE_SHARED }, { ".global", SPACE_GLOBAL }, { ".const", SPACE_CONST },
		{ ".tex", SPACE_GLOBAL },
	};

	for (unsigned i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (ptx_is_dot(p, spaces[i].name))
			return spaces[i].space;
	return SPACE_NONE;
}

static void parse_attribute(struct ptx_parser *p, struct ptx_var *var)
{
	ptx_expect_punct(p, '(');
	while (p->token.kind != TOKEN_END && !ptx_is_punct(p, ')')) {
		if (ptx_is_dot(p, ".managed"))
			var->managed = true;
		ptx_advance(p);
	}
	ptx_expect_punct(p, ')');
}

/* .ptr .global .align 16 of a kernel's parameter: a promise about what it points to */
static void skip_pointer_hint(struct ptx_parser *p)
{
	if (ptx_space_token(p) != SPACE_NONE)
		ptx_advance(p);
	if (ptx_accept_dot(p, ".align"))
		ptx_expect_int(p);
}

static bool type_token(struct ptx_parser *p, enum ptx_type *type)
{
	char name[16];

	if (p->token.kind != TOKEN_DOT || p->token.bytes > sizeof(name))
		return false;
	memcpy(name, p->token.text + 1, p->token.bytes - 1);
	name[p->token.bytes - 1] = 0;
	*type = ptx_type_named(name);
	return *type != PTX_NONE;
}

/* Everything between the state space and the name */
static void parse_var_head(struct ptx_parser *p, struct ptx_var *var)
{
	var->vector = 1;
	for (;;) {
		if (ptx_accept_dot(p, ".align")) {
			uint64_t align = ptx_expect_int(p);

			if (!align || align > 4096 || (align & (align - 1)))
				ptx_error(p, "bad alignment");
			var->align = (uint32_t)align;
		} else if (ptx_accept_dot(p, ".attribute")) {
			parse_attribute(p, var);
		} else if (ptx_accept_dot(p, ".v2")) {
			var->vector = 2;
		} else if (ptx_accept_dot(p, ".v4")) {
			var->vector = 4;
		} else if (ptx_accept_dot(p, ".ptr")) {
			skip_pointer_hint(p);
		} else if (type_token(p, &var->type)) {
			ptx_advance(p);
		} else {
			break;
		}
	}
	if (var->type == PTX_NONE)
		ptx_error(p, "expected a type");
}

/* name, name<N>, name[N][M], name[] */
static unsigned parse_declarator(struct ptx_parser *p, struct ptx_var *var, uint64_t dims[8])
{
	unsigned rank = 0;

	var->line = p->token.line;
	var->name = ptx_expect_name(p);
	var->count = 1;
	if (var->space == SPACE_REG && ptx_accept_punct(p, '<')) {
		uint64_t range = ptx_expect_int(p);

		if (range > 1u << 20)
			ptx_error(p, "too many registers");
		var->range = (uint32_t)range;
		ptx_expect_punct(p, '>');
	}
	while (ptx_accept_punct(p, '[')) {
		if (rank == 8) {
			ptx_error(p, "too many dimensions");
			break;
		}
		var->array = true;
		dims[rank] = ptx_is_punct(p, ']') ? 0 : ptx_int_expression(p);
		if (__builtin_mul_overflow(var->count, dims[rank], &var->count))
			ptx_error(p, "array too large");
		rank++;
		ptx_expect_punct(p, ']');
	}
	return rank;
}

static void parse_init(struct ptx_parser *p, struct ptx_var *var, const uint64_t *dims,
		       unsigned rank)
{
	struct ptx_init **tail = &var->init;
	uint64_t index = 0;

	if (ptx_is_punct(p, '{')) {
		/* A vector variable's list is one more level, as is a plain one's */
		parse_init_list(p, &tail, 0, &index, dims, rank + (var->vector > 1) + !rank);
	} else {
		struct ptx_init *init = ptx_new(p, sizeof(*init));

		parse_init_value(p, init);
		var->init = init;
		index = 1;
	}
	if (var->array && !var->count) {
		uint64_t inner = 1;

		for (unsigned i = 1; i < rank; i++)
			inner *= dims[i];
		inner *= var->vector;
		if (inner)
			var->count = (index + inner - 1) / inner * (inner / var->vector);
	}
}

struct ptx_var **ptx_parse_vars(struct ptx_parser *p, enum ptx_linkage linkage,
				struct ptx_var **list)
{
	struct ptx_var head = { .linkage = linkage, .space = ptx_space_token(p) };

	ptx_advance(p);
	/* .shared::cta and .const[2] of old texts */
	parse_var_head(p, &head);
	do {
		struct ptx_var *var = ptx_new(p, sizeof(*var));
		uint64_t dims[10] = { 0 };
		unsigned rank;

		*var = head;
		rank = parse_declarator(p, var, dims);
		dims[rank] = dims[rank] ? dims[rank] : var->vector;
		if (ptx_accept_punct(p, '='))
			parse_init(p, var, dims, rank);
		*list = var;
		list = &var->next;
	} while (ptx_accept_punct(p, ','));
	ptx_expect_punct(p, ';');
	return list;
}

struct ptx_var *ptx_parse_params(struct ptx_parser *p)
{
	struct ptx_var *first = NULL, **tail = &first;

	ptx_expect_punct(p, '(');
	while (p->token.kind != TOKEN_END && !ptx_is_punct(p, ')')) {
		struct ptx_var *var = ptx_new(p, sizeof(*var));
		uint64_t dims[10] = { 0 };

		var->space = ptx_space_token(p);
		if (var->space != SPACE_PARAM && var->space != SPACE_REG)
			ptx_error(p, "expected .param");
		ptx_advance(p);
		parse_var_head(p, var);
		parse_declarator(p, var, dims);
		*tail = var;
		tail = &var->next;
		if (!ptx_accept_punct(p, ','))
			break;
	}
	ptx_expect_punct(p, ')');
	return first;
}
