/* SPDX-License-Identifier: MIT */
/*
 * ptx_body.c - statements and operands
 */

#include <string.h>

#include "softgpu/ptx_parser.h"

static struct ptx_operand *parse_operand(struct ptx_parser *p);

/* a, b, c up to @close */
static struct ptx_operand *parse_operand_list(struct ptx_parser *p, char close)
{
	struct ptx_operand *first = NULL, **tail = &first;

	while (p->token.kind != TOKEN_END && !ptx_is_punct(p, close)) {
		*tail = parse_operand(p);
		tail = &(*tail)->next;
		if (!ptx_accept_punct(p, ','))
			break;
	}
	ptx_expect_punct(p, close);
	return first;
}

/* A name with its components: %tid.x, %v.y */
static const char *parse_dotted_name(struct ptx_parser *p)
{
	const char *text = p->token.text;
	uint32_t bytes = p->token.bytes;
	const char *name;

	ptx_advance(p);
	if (p->token.kind == TOKEN_DOT && p->token.glued) {
		bytes += p->token.bytes;
		ptx_advance(p);
	}
	name = names_get(p->names, text, bytes);
	if (!name)
		ptx_error(p, "out of memory");
	return name ? name : "";
}

static void parse_offset(struct ptx_parser *p, struct ptx_operand *operand)
{
	/* [%rd1+-4] is how nvcc writes a negative offset */
	if (ptx_accept_punct(p, '+'))
		operand->value = ptx_int_expression(p);
	else if (ptx_accept_punct(p, '-'))
		operand->value = -ptx_int_expression(p);
}

static void parse_address(struct ptx_parser *p, struct ptx_operand *operand)
{
	operand->kind = OPERAND_ADDRESS;
	if (p->token.kind == TOKEN_WORD) {
		operand->name = parse_dotted_name(p);
		parse_offset(p, operand);
	} else {
		operand->value = ptx_int_expression(p);
	}
	if (ptx_accept_punct(p, ','))
		operand->list = parse_operand_list(p, ']');
	else
		ptx_expect_punct(p, ']');
}

static void parse_number(struct ptx_parser *p, struct ptx_operand *operand)
{
	bool negative = ptx_is_punct(p, '-');
	struct ptx_lexer lexer = p->lexer;
	struct ptx_token next = p->token;

	if (negative)
		ptx_lex_next(&lexer, &next);
	if (next.kind != TOKEN_F32 && next.kind != TOKEN_F64) {
		operand->kind = OPERAND_INT;
		operand->value = ptx_int_expression(p);
		return;
	}
	if (negative)
		ptx_advance(p);
	operand->kind = next.kind == TOKEN_F32 ? OPERAND_F32 : OPERAND_F64;
	operand->value = next.value ^ ((uint64_t)negative << (next.kind == TOKEN_F32 ? 31 : 63));
	ptx_advance(p);
}

static struct ptx_operand *parse_operand(struct ptx_parser *p)
{
	struct ptx_operand *operand = ptx_new(p, sizeof(*operand));

	if (p->depth > PTX_DEPTH) {
		ptx_error(p, "nested too deep");
		return operand;
	}
	p->depth++;
	if (ptx_is_punct(p, '!')) {
		ptx_advance(p);
		operand->not = true;
	}
	if (ptx_is_word(p, "_")) {
		operand->kind = OPERAND_SINK;
		ptx_advance(p);
	} else if (p->token.kind == TOKEN_WORD) {
		operand->kind = OPERAND_NAME;
		operand->name = parse_dotted_name(p);
		parse_offset(p, operand);
	} else if (ptx_accept_punct(p, '[')) {
		parse_address(p, operand);
	} else if (ptx_accept_punct(p, '{')) {
		operand->kind = OPERAND_VECTOR;
		operand->list = parse_operand_list(p, '}');
	} else if (ptx_accept_punct(p, '(')) {
		operand->kind = OPERAND_LIST;
		operand->list = parse_operand_list(p, ')');
	} else {
		parse_number(p, operand);
	}
	if (ptx_accept_punct(p, '|'))
		operand->second = parse_operand(p);
	p->depth--;
	return operand;
}

/* Most operands are a name or a number and nothing else: there is one that all instructions share */
static struct ptx_operand *parse_instr_operand(struct ptx_parser *p)
{
	struct ptx_operand *operand;
	struct name *name;
	char next = *p->lexer.at;

	if ((p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_INT) || (next != ',' && next != ';'))
		return parse_operand(p);
	name = names_find(p->names, p->token.text, p->token.bytes);
	if (name && name->operand) {
		ptx_advance(p);
		return name->operand;
	}
	operand = parse_operand(p);
	if (name && !p->failed)
		name->operand = operand;
	return operand;
}

/* vmad d, -a.b0, b, c: of no other instruction is a register negated; -1 is a number as anywhere */
static struct ptx_operand *parse_negated(struct ptx_parser *p)
{
	struct ptx_lexer lexer = p->lexer;
	struct ptx_operand *operand;
	struct ptx_token next;

	ptx_lex_next(&lexer, &next);
	if (next.kind != TOKEN_WORD)
		return parse_operand(p);
	ptx_advance(p);
	operand = parse_operand(p);
	operand->negative = true;
	return operand;
}

static void parse_guard(struct ptx_parser *p, struct ptx_instr *instr)
{
	if (!ptx_accept_punct(p, '@'))
		return;
	instr->guard_not = ptx_accept_punct(p, '!');
	instr->guard = ptx_expect_name(p);
}

/* The current token, and the modifiers behind it */
static struct ptx_opcode *parse_new_opcode(struct ptx_parser *p)
{
	struct ptx_opcode *opcode = ptx_new(p, sizeof(*opcode));

	if (p->token.kind == TOKEN_WORD && !ptx_is_opcode(ptx_token_name(p)))
		ptx_error(p, "unknown instruction");
	opcode->name = ptx_expect_name(p);
	while (p->token.kind == TOKEN_DOT) {
		if (opcode->mod_count == PTX_MODIFIERS) {
			ptx_error(p, "too many modifiers");
			break;
		}
		p->token.text++;
		p->token.bytes--;
		opcode->mods[opcode->mod_count++] = ptx_token_name(p);
		ptx_advance(p);
	}
	return opcode;
}

/* Compilers write a few hundred different ones: each is looked at once, then known by its text */
static struct ptx_opcode *parse_opcode(struct ptx_parser *p)
{
	struct ptx_lexer lexer = p->lexer;
	const char *end = lexer.at;
	struct ptx_token next;
	struct name *name;

	if (p->token.kind != TOKEN_WORD)
		return parse_new_opcode(p);
	for (ptx_lex_next(&lexer, &next); next.kind == TOKEN_DOT; ptx_lex_next(&lexer, &next))
		end = lexer.at;
	name = names_find(p->names, p->token.text, (size_t)(end - p->token.text));
	if (!name || !name->opcode) {
		struct ptx_opcode *opcode = parse_new_opcode(p);

		if (name && !p->failed)
			name->opcode = opcode;
		return opcode;
	}
	ptx_resume(p, &lexer, &next);
	return name->opcode;
}

/* Up to the semicolon; Return: how many */
static uint8_t parse_instr_operands(struct ptx_parser *p, const struct ptx_opcode *opcode,
				    struct ptx_operand *operands[PTX_OPERANDS])
{
	uint8_t count = 0;

	while (p->token.kind != TOKEN_END && !ptx_is_punct(p, ';')) {
		if (count == PTX_OPERANDS) {
			ptx_error(p, "too many operands");
			break;
		}
		operands[count++] = ptx_is_punct(p, '-') && !strcmp(opcode->name, "vmad") ? parse_negated(p) :
											   parse_instr_operand(p);
		if (!ptx_accept_punct(p, ','))
			break;
	}
	return count;
}

static struct ptx_instr *parse_instr(struct ptx_parser *p)
{
	struct ptx_instr head = { .text = p->token.text, .line = p->token.line }, *instr;
	struct ptx_operand *operands[PTX_OPERANDS];

	parse_guard(p, &head);
	head.opcode = parse_opcode(p);
	head.operand_count = parse_instr_operands(p, head.opcode, operands);
	head.bytes = (uint32_t)(p->token.text - head.text);
	ptx_expect_punct(p, ';');
	instr = ptx_new(p, sizeof(head) + head.operand_count * sizeof(operands[0]));
	*instr = head;
	memcpy(instr->operands, operands, head.operand_count * sizeof(operands[0]));
	return instr;
}

/* name: .callprototype (returns) _ (params) .noreturn; */
static struct ptx_function *parse_prototype(struct ptx_parser *p)
{
	struct ptx_function *f = ptx_new(p, sizeof(*f));

	f->line = p->token.line;
	if (ptx_is_punct(p, '('))
		f->returns = ptx_parse_params(p);
	if (ptx_is_word(p, "_"))
		ptx_advance(p);
	if (ptx_is_punct(p, '('))
		f->params = ptx_parse_params(p);
	while (p->token.kind == TOKEN_DOT || p->token.kind == TOKEN_INT)
		ptx_advance(p);
	ptx_expect_punct(p, ';');
	return f;
}

/**
 * struct body - while it is parsed
 * @scopes:	numbers of the { } that are open, @depth of them; @scope_count: there have been so many
 */
struct body {
	struct ptx_function *function;
	struct ptx_statement **tail, **label_tail;
	uint32_t scopes[PTX_DEPTH + 1], depth, scope_count;
};

static struct ptx_statement *add_statement(struct ptx_parser *p, struct body *body, enum ptx_statement_kind kind)
{
	struct ptx_statement *s = ptx_new(p, sizeof(*s));

	s->kind = kind;
	*body->tail = s;
	body->tail = &s->next;
	return s;
}

static void open_scope(struct ptx_parser *p, struct body *body)
{
	add_statement(p, body, STATEMENT_OPEN);
	if (body->depth == PTX_DEPTH)
		ptx_error(p, "nested too deep");
	else
		body->scopes[++body->depth] = ++body->scope_count;
}

static void add_label(struct ptx_parser *p, struct body *body, const char *name)
{
	struct ptx_statement *s = add_statement(p, body, STATEMENT_LABEL);

	s->name = name;
	s->scope = body->scopes[body->depth];
	*body->label_tail = s;
	body->label_tail = &s->next_label;
}

/* What follows "name:" */
static void parse_label(struct ptx_parser *p, struct body *body, const char *name)
{
	struct ptx_statement *s;

	if (ptx_accept_dot(p, ".callprototype")) {
		s = add_statement(p, body, STATEMENT_PROTOTYPE);
		s->prototype = parse_prototype(p);
		s->name = name;
	} else if (ptx_accept_dot(p, ".branchtargets") || ptx_accept_dot(p, ".calltargets")) {
		s = add_statement(p, body, STATEMENT_TARGETS);
		s->targets = parse_operand_list(p, ';');
		s->name = name;
	} else {
		add_label(p, body, name);
	}
}

static void add_instr(struct ptx_parser *p, struct body *body)
{
	struct ptx_statement *s = add_statement(p, body, STATEMENT_INSTR);

	s->instr = parse_instr(p);
	body->function->instructions++;
	body->function->alloca |= !strcmp(s->instr->opcode->name, "alloca");
}

/* .loc file line column, function_name label, inlined_at ... ends with its line */
static void skip_loc(struct ptx_parser *p)
{
	uint32_t line = p->token.line;

	while (p->token.kind != TOKEN_END && p->token.line == line)
		ptx_advance(p);
}

static void parse_directive(struct ptx_parser *p, struct body *body)
{
	struct ptx_var *var = NULL;

	if (ptx_is_dot(p, ".loc")) {
		skip_loc(p);
	} else if (ptx_is_dot(p, ".pragma")) {
		while (p->token.kind != TOKEN_END && !ptx_accept_punct(p, ';'))
			ptx_advance(p);
	} else if (ptx_space_token(p) != SPACE_NONE) {
		ptx_parse_vars(p, LINK_LOCAL, &var);
		for (; var && !p->failed; var = var->next)
			add_statement(p, body, STATEMENT_VAR)->var = var;
	} else {
		ptx_error(p, "not a directive of function scope");
	}
}

void ptx_parse_body(struct ptx_parser *p, struct ptx_function *f)
{
	struct body body = { .function = f, .tail = &f->body, .label_tail = &f->labels };

	if (!ptx_is_punct(p, '{'))
		ptx_error(p, "expected a function's body");
	while (p->token.kind != TOKEN_END) {
		if (ptx_accept_punct(p, '{')) {
			open_scope(p, &body);
		} else if (ptx_accept_punct(p, '}')) {
			add_statement(p, &body, STATEMENT_CLOSE);
			if (!--body.depth)
				return;
		} else if (p->token.kind == TOKEN_DOT) {
			parse_directive(p, &body);
		} else if (p->token.kind == TOKEN_WORD && ptx_lex_peek(&p->lexer) == ':') {
			const char *name = ptx_expect_name(p);

			ptx_expect_punct(p, ':');
			parse_label(p, &body, name);
		} else if (!ptx_accept_punct(p, ';')) {
			add_instr(p, &body);
		}
	}
	ptx_error(p, "function without an end");
}
