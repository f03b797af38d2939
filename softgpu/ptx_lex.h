/* SPDX-License-Identifier: MIT */
/*
 * ptx_lex.h - PTX text to tokens (PTX ISA, "Syntax")
 */
#ifndef SOFTGPU_PTX_LEX_H
#define SOFTGPU_PTX_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ptx_token_kind {
	TOKEN_END,
	TOKEN_WORD,	/* identifier or opcode: add  %r1  $L__BB0_2  _Z3foov */
	TOKEN_DOT,	/* directive or modifier, dot included: .global  .v2  .shared::cta */
	TOKEN_INT,
	TOKEN_F32,	/* 0fXXXXXXXX; the bits are in @value */
	TOKEN_F64,	/* 0dXXXXXXXXXXXXXXXX or a decimal fraction; the bits are in @value */
	TOKEN_STRING,	/* quotes included */
	TOKEN_PUNCT,	/* one character, in @punct */
	TOKEN_BAD,
};

struct ptx_token {
	enum ptx_token_kind kind;
	char punct;
	bool glued;		/* no space before it */
	uint32_t line, bytes;
	const char *text;
	uint64_t value;
};

/* struct ptx_lexer - begins with the @line 1 and @at a text, which ends with a NUL */
struct ptx_lexer {
	const char *at;
	uint32_t line;
};

void ptx_lex_next(struct ptx_lexer *lexer, struct ptx_token *token);

/* ptx_lex_peek() - the character with which the next token begins, 0 at the end */
char ptx_lex_peek(const struct ptx_lexer *lexer);

#endif /* SOFTGPU_PTX_LEX_H */
