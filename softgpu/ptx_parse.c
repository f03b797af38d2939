/* SPDX-License-Identifier: MIT */
/*
 * ptx_parse.c - module scope: directives and function headers
 */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "softgpu/ptx_parser.h"

#define TEXT_PER_NAME	64	/* bytes, about */

static const struct {
	const char *name;
	unsigned bytes;
} ptx_types[PTX_TYPES] = {
	[PTX_PRED] = { "pred", 1 },
	[PTX_B8] = { "b8", 1 }, [PTX_B16] = { "b16", 2 }, [PTX_B32] = { "b32", 4 },
	[PTX_B64] = { "b64", 8 }, [PTX_B128] = { "b128", 16 },
	[PTX_U8] = { "u8", 1 }, [PTX_U16] = { "u16", 2 },
	[PTX_U32] = { "u32", 4 }, [PTX_U64] = { "u64", 8 },
	[PTX_S8] = { "s8", 1 }, [PTX_S16] = { "s16", 2 },
	[PTX_S32] = { "s32", 4 }, [PTX_S64] = { "s64", 8 },
	[PTX_F16] = { "f16", 2 }, [PTX_F16X2] = { "f16x2", 4 },
	[PTX_BF16] = { "bf16", 2 }, [PTX_BF16X2] = { "bf16x2", 4 },
	[PTX_TF32] = { "tf32", 4 }, [PTX_F32] = { "f32", 4 }, [PTX_F64] = { "f64", 8 },
	[PTX_TEXREF] = { "texref", 8 }, [PTX_SAMPLERREF] = { "samplerref", 8 },
	[PTX_SURFREF] = { "surfref", 8 },
};

enum ptx_type ptx_type_named(const char *name)
{
	for (unsigned i = PTX_PRED; i < PTX_TYPES; i++)
		if (*ptx_types[i].name == *name && !strcmp(ptx_types[i].name, name))
			return (enum ptx_type)i;
	return PTX_NONE;
}

unsigned ptx_type_bytes(enum ptx_type type)
{
	return ptx_types[type].bytes;
}

void ptx_error(struct ptx_parser *p, const char *format, ...)
{
	char text[200];
	va_list args;

	if (p->failed)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (p->token.kind == TOKEN_END)
		report_line(p->report, "%s, line %u: %s at the end of the text", p->file,
			    p->token.line, text);
	else
		report_line(p->report, "%s, line %u: %s near '%.*s'", p->file, p->token.line, text,
			    (int)(p->token.bytes < 60 ? p->token.bytes : 60), p->token.text);
	p->failed = true;
	p->token.kind = TOKEN_END;
}

static void check_token(struct ptx_parser *p)
{
	if (p->token.kind == TOKEN_BAD)
		ptx_error(p, "bad token");
}

void ptx_advance(struct ptx_parser *p)
{
	if (p->failed)
		return;
	ptx_lex_next(&p->lexer, &p->token);
	check_token(p);
}

void ptx_resume(struct ptx_parser *p, const struct ptx_lexer *lexer, const struct ptx_token *token)
{
	p->lexer = *lexer;
	p->token = *token;
	check_token(p);
}

void *ptx_new(struct ptx_parser *p, size_t bytes)
{
	static _Thread_local _Alignas(16) unsigned char scratch[256];
	void *new = bump_alloc(p->bump, bytes);

	if (new)
		return new;
	/* Out of memory: the parser ends at the next token, and needs something to write on */
	ptx_error(p, "out of memory");
	memset(scratch, 0, sizeof(scratch));
	return scratch;
}

static_assert(sizeof(struct ptx_instr) + PTX_OPERANDS * sizeof(struct ptx_operand *) <= 256 &&
	      sizeof(struct ptx_var) <= 256 &&
	      sizeof(struct ptx_function) <= 256 && sizeof(struct ptx_opcode) <= 256,
	      "ptx_new()'s scratch holds any node");

const char *ptx_token_name(struct ptx_parser *p)
{
	const char *name = names_get(p->names, p->token.text, p->token.bytes);

	if (!name)
		ptx_error(p, "out of memory");
	return name ? name : "";
}

static bool is_text(const struct ptx_parser *p, enum ptx_token_kind kind, const char *text)
{
	return p->token.kind == kind && !strncmp(p->token.text, text, p->token.bytes) &&
	       !text[p->token.bytes];
}

bool ptx_is_dot(const struct ptx_parser *p, const char *dot)
{
	return is_text(p, TOKEN_DOT, dot);
}

bool ptx_is_word(const struct ptx_parser *p, const char *word)
{
	return is_text(p, TOKEN_WORD, word);
}

bool ptx_accept_dot(struct ptx_parser *p, const char *dot)
{
	if (!ptx_is_dot(p, dot))
		return false;
	ptx_advance(p);
	return true;
}

void ptx_expect_punct(struct ptx_parser *p, char c)
{
	if (!ptx_accept_punct(p, c))
		ptx_error(p, "expected '%c'", c);
}

const char *ptx_expect_name(struct ptx_parser *p)
{
	const char *name = "";

	if (p->token.kind != TOKEN_WORD)
		ptx_error(p, "expected a name");
	else
		name = ptx_token_name(p);
	ptx_advance(p);
	return name;
}

uint64_t ptx_expect_int(struct ptx_parser *p)
{
	uint64_t value = p->token.value;

	if (p->token.kind != TOKEN_INT)
		ptx_error(p, "expected a number");
	ptx_advance(p);
	return value;
}

static void parse_version(struct ptx_parser *p, struct ptx_module *module)
{
	const char *c = p->token.text;
	uint32_t major = 0, minor = 0;
	uint32_t i = 0;

	if (p->token.kind != TOKEN_F64)
		ptx_error(p, "expected a version");
	for (; i < p->token.bytes && c[i] != '.' && major < 1000; i++)
		major = major * 10 + (uint32_t)(c[i] - '0');
	for (i++; i < p->token.bytes && minor < 1000; i++)
		minor = minor * 10 + (uint32_t)(c[i] - '0');
	module->version = major * 10 + minor;
	ptx_advance(p);
}

/* .target sm_75, debug: the number counts, the rest is for others */
static void parse_target(struct ptx_parser *p, struct ptx_module *module)
{
	do {
		const char *name = ptx_expect_name(p);
		unsigned number;

		if (sscanf(name, "sm_%u", &number) == 1)
			module->target = number;
	} while (ptx_accept_punct(p, ','));
}

/* .section .debug_info { ... } */
static void skip_section(struct ptx_parser *p)
{
	unsigned depth = 0;

	while (p->token.kind != TOKEN_END) {
		if (ptx_is_punct(p, '{'))
			depth++;
		if (ptx_is_punct(p, '}') && depth && !--depth) {
			ptx_advance(p);
			return;
		}
		ptx_advance(p);
	}
	ptx_error(p, "section without an end");
}

static void skip_line(struct ptx_parser *p)
{
	uint32_t line = p->token.line;

	while (p->token.kind != TOKEN_END && p->token.line == line && !ptx_is_punct(p, ';'))
		ptx_advance(p);
	ptx_accept_punct(p, ';');
}

/* Up to three numbers: .maxntid 256, 1, 1 */
static void parse_extent(struct ptx_parser *p, uint32_t out[3])
{
	out[0] = out[1] = out[2] = 1;
	for (unsigned i = 0; i < 3; i++) {
		uint64_t value = ptx_expect_int(p);

		out[i] = value < 65536 ? (uint32_t)value : 65535;
		if (!ptx_accept_punct(p, ','))
			break;
	}
}

/* The directives between a function's parameters and its body */
static void parse_function_directives(struct ptx_parser *p, struct ptx_function *f)
{
	uint32_t extent[3];

	while (p->token.kind == TOKEN_DOT) {
		if (ptx_accept_dot(p, ".maxntid")) {
			parse_extent(p, extent);
			f->max_threads = extent[0] * extent[1] * extent[2];
		} else if (ptx_accept_dot(p, ".reqntid")) {
			parse_extent(p, f->block);
			f->max_threads = f->block[0] * f->block[1] * f->block[2];
		} else if (ptx_accept_dot(p, ".minnctapersm")) {
			f->min_blocks = (uint32_t)ptx_expect_int(p);
		} else if (ptx_accept_dot(p, ".reqnctapercluster")) {
			parse_extent(p, f->cluster);
		} else if (ptx_accept_dot(p, ".explicitcluster")) {
			f->explicit_cluster = true;
		} else if (ptx_accept_dot(p, ".noreturn")) {
			f->noreturn = true;
		} else if (ptx_accept_dot(p, ".pragma")) {
			while (p->token.kind == TOKEN_STRING || ptx_is_punct(p, ','))
				ptx_advance(p);
			ptx_expect_punct(p, ';');
		} else {
			/* .maxnreg N, .maxclusterrank N and others: advice */
			ptx_advance(p);
			while (p->token.kind == TOKEN_INT || ptx_is_punct(p, ','))
				ptx_advance(p);
		}
	}
}

static struct ptx_function *parse_function(struct ptx_parser *p, enum ptx_linkage linkage)
{
	struct ptx_function *f = ptx_new(p, sizeof(*f));

	f->linkage = linkage;
	f->line = p->token.line;
	f->entry = ptx_is_dot(p, ".entry");
	ptx_advance(p);
	while (ptx_is_dot(p, ".attribute") || ptx_is_dot(p, ".noreturn")) {
		ptx_advance(p);
		if (ptx_is_punct(p, '('))
			while (p->token.kind != TOKEN_END && !ptx_accept_punct(p, ')'))
				ptx_advance(p);
	}
	if (ptx_is_punct(p, '('))
		f->returns = ptx_parse_params(p);
	f->name = ptx_expect_name(p);
	if (ptx_is_punct(p, '('))
		f->params = ptx_parse_params(p);
	parse_function_directives(p, f);
	if (ptx_accept_punct(p, ';'))
		return f;
	f->has_body = true;
	ptx_parse_body(p, f);
	return f;
}

static enum ptx_linkage parse_linkage(struct ptx_parser *p)
{
	if (ptx_accept_dot(p, ".visible"))
		return LINK_VISIBLE;
	if (ptx_accept_dot(p, ".weak"))
		return LINK_WEAK;
	if (ptx_accept_dot(p, ".common"))
		return LINK_COMMON;
	if (ptx_accept_dot(p, ".extern"))
		return LINK_EXTERN;
	return LINK_LOCAL;
}

static void parse_alias(struct ptx_parser *p, struct ptx_alias ***tail)
{
	struct ptx_alias *alias = ptx_new(p, sizeof(*alias));

	alias->name = ptx_expect_name(p);
	ptx_expect_punct(p, ',');
	alias->target = ptx_expect_name(p);
	ptx_expect_punct(p, ';');
	**tail = alias;
	*tail = &alias->next;
}

static void parse_definition(struct ptx_parser *p, struct ptx_function ***functions,
			     struct ptx_var ***vars)
{
	enum ptx_linkage linkage = parse_linkage(p);

	if (ptx_is_dot(p, ".entry") || ptx_is_dot(p, ".func")) {
		**functions = parse_function(p, linkage);
		*functions = &(**functions)->next;
	} else if (ptx_space_token(p) != SPACE_NONE) {
		*vars = ptx_parse_vars(p, linkage, *vars);
	} else {
		ptx_error(p, "not a directive of module scope");
	}
}

static void parse_module(struct ptx_parser *p, struct ptx_module *module)
{
	struct ptx_function **functions = &module->functions;
	struct ptx_alias **aliases = &module->aliases;
	struct ptx_var **vars = &module->vars;

	if (!ptx_accept_dot(p, ".version"))
		ptx_error(p, "a PTX text begins with .version");
	parse_version(p, module);
	while (p->token.kind != TOKEN_END) {
		if (ptx_accept_dot(p, ".target"))
			parse_target(p, module);
		else if (ptx_accept_dot(p, ".address_size"))
			ptx_expect_int(p);
		else if (ptx_accept_dot(p, ".section"))
			skip_section(p);
		else if (ptx_is_dot(p, ".file") || ptx_is_dot(p, ".loc") ||
			 ptx_is_dot(p, ".pragma"))
			skip_line(p);
		else if (ptx_accept_dot(p, ".alias"))
			parse_alias(p, &aliases);
		else if (!ptx_accept_punct(p, ';'))
			parse_definition(p, &functions, &vars);
	}
}

struct ptx_module *ptx_parse(struct bump *bump, struct names *names, const char *text,
			     const char *file, struct report *report)
{
	struct ptx_parser p = {
		.lexer = { text, 1 }, .bump = bump, .names = names, .report = report, .file = file,
	};
	struct ptx_module *module;

	names_expect(names, strlen(text) / TEXT_PER_NAME);
	module = ptx_new(&p, sizeof(*module));
	module->file = file;
	ptx_advance(&p);
	parse_module(&p, module);
	return p.failed ? NULL : module;
}
