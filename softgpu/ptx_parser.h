/* SPDX-License-Identifier: MIT */
/*
 * ptx_parser.h - what ptx_parse.c, ptx_vars.c and ptx_body.c share
 *
 * One token of look-ahead.  After the first error every token is TOKEN_END, so that
 * callers need not check: loops end at the end of the text, and ptx_parse() looks at
 * @failed once.
 */
#ifndef SOFTGPU_PTX_PARSER_H
#define SOFTGPU_PTX_PARSER_H

#include "softgpu/ptx_lex.h"
#include "softgpu/ptx_parse.h"

struct ptx_parser {
	struct ptx_lexer lexer;
	struct ptx_token token;
	struct bump *bump;
	struct names *names;
	struct report *report;
	const char *file;
	unsigned depth;
	bool failed;
};

/* Nesting of { } and ( ) beyond which a text is refused: the parser recurses */
#define PTX_DEPTH	64

__attribute__((format(printf, 2, 3)))
void ptx_error(struct ptx_parser *p, const char *format, ...);

void ptx_advance(struct ptx_parser *p);
/* ptx_resume() - go on where a copy of the lexer is, which looked ahead and gave @token last */
void ptx_resume(struct ptx_parser *p, const struct ptx_lexer *lexer, const struct ptx_token *token);
void *ptx_new(struct ptx_parser *p, size_t bytes);
const char *ptx_token_name(struct ptx_parser *p);

static inline bool ptx_is_punct(const struct ptx_parser *p, char c)
{
	return p->token.kind == TOKEN_PUNCT && p->token.punct == c;
}

static inline bool ptx_accept_punct(struct ptx_parser *p, char c)
{
	if (!ptx_is_punct(p, c))
		return false;
	ptx_advance(p);
	return true;
}

bool ptx_is_dot(const struct ptx_parser *p, const char *dot);
bool ptx_is_word(const struct ptx_parser *p, const char *word);
bool ptx_accept_dot(struct ptx_parser *p, const char *dot);
void ptx_expect_punct(struct ptx_parser *p, char c);
const char *ptx_expect_name(struct ptx_parser *p);
uint64_t ptx_expect_int(struct ptx_parser *p);

/* ptx_int_expression() - numbers with + - * / % << >> & | ^ ~ ! and parentheses */
uint64_t ptx_int_expression(struct ptx_parser *p);

/* ptx_space_token() - the current token is .global and the like */
enum ptx_space ptx_space_token(const struct ptx_parser *p);

/**
 * ptx_parse_vars() - one declaration, from its state space to the semicolon
 * @list:	where to link the variables
 *
 * Return: the place to link the next one.
 */
struct ptx_var **ptx_parse_vars(struct ptx_parser *p, enum ptx_linkage linkage,
				struct ptx_var **list);

/* ptx_parse_params() - "(.param .b32 a, ...)"; the current token is the parenthesis */
struct ptx_var *ptx_parse_params(struct ptx_parser *p);

/* ptx_is_opcode() - @name is an instruction of the PTX ISA */
bool ptx_is_opcode(const char *name);

/* ptx_parse_body() - "{ ... }" of @f */
void ptx_parse_body(struct ptx_parser *p, struct ptx_function *f);

#endif /* SOFTGPU_PTX_PARSER_H */
