/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "softgpu/ptx_lex.h"

enum { DIGIT = 1, LETTER = 2, WORD = DIGIT | LETTER, SPACE = 4, SLASH = 8 };

static const unsigned char classes[256] = {
	['0' ... '9'] = DIGIT, ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER, ['_'] = LETTER, ['$'] = LETTER,
	['/'] = SLASH, [' '] = SPACE, ['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE, ['\v'] = SPACE,
};

/* Is @c one of @class? */
static bool is(char c, unsigned class)
{
	return classes[(unsigned char)c] & class;
}

static int hex_digit(char c)
{
	if (is(c, DIGIT))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Skip what is of @class */
static void skip(struct ptx_lexer *lexer, unsigned class)
{
	const char *at = lexer->at;

	while (is(*at, class))
		at++;
	lexer->at = at;
}

static void skip_comment(struct ptx_lexer *lexer)
{
	bool block = lexer->at[1] == '*';

	for (lexer->at += 2; *lexer->at; lexer->at++) {
		if (block && lexer->at[0] == '*' && lexer->at[1] == '/') {
			lexer->at += 2;
			return;
		}
		if (*lexer->at == '\n') {
			if (!block)
				return;
			lexer->line++;
		}
	}
}

/* Return: there was space or a comment */
static bool skip_space(struct ptx_lexer *lexer)
{
	const char *start = lexer->at;

	for (;;) {
		if (is(*lexer->at, SPACE))
			lexer->line += *lexer->at++ == '\n';
		else if (*lexer->at == '/' && (lexer->at[1] == '/' || lexer->at[1] == '*'))
			skip_comment(lexer);
		else
			return lexer->at != start;
	}
}

/* 0fXXXXXXXX and 0dXXXXXXXXXXXXXXXX: exactly 8 and 16 digits */
static bool lex_float_bits(struct ptx_lexer *lexer, struct ptx_token *token)
{
	char letter = lexer->at[1] | 0x20;
	unsigned digits = letter == 'f' ? 8 : 16;

	if (*lexer->at != '0' || (letter != 'f' && letter != 'd'))
		return false;
	token->value = 0;
	for (unsigned i = 0; i < digits; i++) {
		int digit = hex_digit(lexer->at[2 + i]);

		if (digit < 0)
			return false;
		token->value = token->value << 4 | (unsigned)digit;
	}
	lexer->at += 2 + digits;
	token->kind = letter == 'f' ? TOKEN_F32 : TOKEN_F64;
	return true;
}

/* A decimal fraction: strtod() wants a NUL, so a bounded copy */
static bool lex_decimal_float(struct ptx_lexer *lexer, struct ptx_token *token)
{
	char copy[64], *end;
	size_t n = 0;
	bool point = false;
	double value;

	while (n < sizeof(copy) - 1) {
		char c = lexer->at[n];
		bool sign = (c == '+' || c == '-') && n && (copy[n - 1] | 0x20) == 'e';

		if (c == '.' || (c | 0x20) == 'e')
			point = true;
		else if (!is(c, DIGIT) && !sign)
			break;
		copy[n++] = c;
	}
	copy[n] = 0;
	if (!point)
		return false;
	value = strtod(copy, &end);
	if (end == copy)
		return false;
	memcpy(&token->value, &value, 8);
	lexer->at += end - copy;
	token->kind = TOKEN_F64;
	return true;
}

static void lex_number(struct ptx_lexer *lexer, struct ptx_token *token)
{
	unsigned base = 10;
	char second = lexer->at[1] | 0x20;

	if (lex_float_bits(lexer, token))
		return;
	if (*lexer->at == '0' && (second == 'x' || second == 'b')) {
		base = second == 'x' ? 16 : 2;
		lexer->at += 2;
	} else if (lex_decimal_float(lexer, token)) {
		return;
	} else if (*lexer->at == '0') {
		base = 8;
	}
	token->kind = TOKEN_INT;
	token->value = 0;
	for (;;) {
		int digit = hex_digit(*lexer->at);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (__builtin_mul_overflow(token->value, base, &token->value) ||
		    __builtin_add_overflow(token->value, (unsigned)digit, &token->value))
			token->kind = TOKEN_BAD;
		lexer->at++;
	}
	if ((*lexer->at | 0x20) == 'u')
		lexer->at++;
	if (is(*lexer->at, WORD))
		token->kind = TOKEN_BAD;
}

static void lex_string(struct ptx_lexer *lexer, struct ptx_token *token)
{
	token->kind = TOKEN_BAD;
	for (lexer->at++; *lexer->at; lexer->at++) {
		if (lexer->at[0] == '\\' && lexer->at[1])
			lexer->at++;
		else if (*lexer->at == '"')
			break;
		if (*lexer->at == '\n')
			lexer->line++;
	}
	if (*lexer->at) {
		token->kind = TOKEN_STRING;
		lexer->at++;
	}
}

static void lex_dot(struct ptx_lexer *lexer, struct ptx_token *token)
{
	token->kind = TOKEN_DOT;
	lexer->at++;
	skip(lexer, WORD);
	while (*lexer->at == ':' && lexer->at[1] == ':' && is(lexer->at[2], WORD)) {
		lexer->at += 2;
		skip(lexer, WORD);
	}
	if (lexer->at - token->text == 1)
		token->kind = TOKEN_BAD;
}

void ptx_lex_next(struct ptx_lexer *lexer, struct ptx_token *token)
{
	char c;

	token->glued = !is(*lexer->at, SPACE | SLASH) || !skip_space(lexer);
	token->line = lexer->line;
	token->text = lexer->at;
	token->punct = 0;
	token->value = 0;
	c = *lexer->at;
	if (!c) {
		token->kind = TOKEN_END;
	} else if (is(c, DIGIT)) {
		lex_number(lexer, token);
	} else if (is(c, LETTER) || (c == '%' && is(lexer->at[1], WORD))) {
		token->kind = TOKEN_WORD;
		lexer->at++;
		skip(lexer, WORD);
	} else if (c == '.' && is(lexer->at[1], DIGIT) && !token->glued) {
		/* .5 is a fraction after a space, .1d a modifier when glued to its opcode */
		if (!lex_decimal_float(lexer, token))
			token->kind = TOKEN_BAD;
	} else if (c == '.') {
		lex_dot(lexer, token);
	} else if (c == '"') {
		lex_string(lexer, token);
	} else {
		token->kind = TOKEN_PUNCT;
		token->punct = c;
		lexer->at++;
	}
	token->bytes = (uint32_t)(lexer->at - token->text);
}

char ptx_lex_peek(const struct ptx_lexer *lexer)
{
	struct ptx_lexer copy = *lexer;

	skip_space(&copy);
	return *copy.at;
}
