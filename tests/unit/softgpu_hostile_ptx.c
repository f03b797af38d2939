/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * PTX that is cut short or bent does no harm: it is refused, or runs within its own memory
 * and ends.  Worth most under CONFIG=asan.
 */
#include "softgpu_engine.h"
#include "softgpu/ptx_lex.h"
#include "softgpu_ptx_corpus.h"

#define DATA_BYTES	4096

static unsigned loaded, ran;

static void swallow(void *context, const char *text, size_t bytes)
{
}

static void run(struct kernel *kernel)
{
	unsigned char params[256] = { 0 };
	void *data = device_memory(DATA_BYTES);
	struct kernel_info info;
	struct fault fault;
	struct launch launch = {
		.engine = &engine, .kernel = kernel, .grid = { 2, 1, 1 }, .block = { 40, 1, 1 },
		.dynamic_shared = 64, .params = params, .params_bytes = sizeof(params),
		.timeout_ms = 100,
	};

	memcpy(params, &data, sizeof(data));
	kernel_info(kernel, &info);
	if (info.param_bytes <= sizeof(params) && info.max_threads >= 40)
		ran += launch_run(&launch, &fault) == CUDA_SUCCESS;
	device_release(data);
}

static void try_text(const char *text, size_t bytes)
{
	struct ptx_text ptx = { text, bytes, "test" };
	struct program *program;
	CUresult result;
	char log[512];

	result = program_create(&program, &engine, &ptx, 1, log, sizeof(log));
	if (result != CUDA_SUCCESS) {
		CHECK(*log || result == CUDA_ERROR_OUT_OF_MEMORY);
		return;
	}
	loaded++;
	for (unsigned i = 0; i < program_kernel_count(program); i++) {
		struct kernel *kernel = program_kernel_at(program, i);

		if (kernel_prepare(kernel, log, sizeof(log)) == CUDA_SUCCESS)
			run(kernel);
		else
			CHECK(*log);
	}
	program_destroy(program);
}

/* One change of bytes: a byte, or a piece of the text over another piece */
static void bend_bytes(char *text, size_t bytes)
{
	size_t length = 1 + random64() % 40, from = random64() % bytes, to = random64() % bytes;

	if (random64() % 2) {
		text[to] = (char)random64();
		return;
	}
	if (length > bytes - from)
		length = bytes - from;
	if (length > bytes - to)
		length = bytes - to;
	memmove(text + to, text + from, length);
}

#define TOKENS	4096

static struct ptx_token tokens[TOKENS];
static unsigned token_count;

static void find_tokens(void)
{
	struct ptx_lexer lexer = { ptx_corpus, 1 };

	do {
		CHECK(token_count < TOKENS);
		ptx_lex_next(&lexer, &tokens[token_count]);
	} while (tokens[token_count++].kind != TOKEN_END);
	token_count--;
}

/* Registers for registers, opcodes for opcodes: what is left is often still PTX */
static bool alike(const struct ptx_token *a, const struct ptx_token *b)
{
	return a->kind == b->kind && a->punct == b->punct &&
	       (a->text[0] == '%') == (b->text[0] == '%');
}

/* The text with some tokens in place of others; Return: its length */
static size_t bend_tokens(char *text, size_t size)
{
	unsigned changes = 1 + random64() % 3, at[3];
	size_t used = 0;

	for (unsigned i = 0; i < changes; i++)
		at[i] = (unsigned)(random64() % token_count);
	for (unsigned i = 0; i < token_count; i++) {
		const struct ptx_token *token = &tokens[i], *other = token;

		for (unsigned k = 0; k < changes; k++)
			while (at[k] == i && (!alike(token, other) || other == token) &&
			       random64() % 4096)
				other = &tokens[random64() % token_count];
		if (!alike(token, other))
			other = token;
		if (used + other->bytes + 2 > size)
			break;
		if (!token->glued)
			text[used++] = '\n';
		memcpy(text + used, other->text, other->bytes);
		used += other->bytes;
	}
	return used;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 3000;
	size_t bytes = sizeof(ptx_corpus) - 1;
	static char text[2 * sizeof(ptx_corpus)];

	find_tokens();
	engine_begin();
	engine.print = swallow;
	try_text(ptx_corpus, bytes);
	CHECK(loaded == 1 && ran == 1);
	for (size_t cut = 0; cut < bytes; cut += 3)
		try_text(ptx_corpus, cut);
	for (unsigned i = 0; i < rounds; i++) {
		memcpy(text, ptx_corpus, bytes);
		for (uint64_t n = random64() % 4 + 1; n; n--)
			bend_bytes(text, bytes);
		try_text(text, bytes);
		try_text(text, bend_tokens(text, sizeof(text)));
	}
	printf("%u texts loaded, %u kernels ran\n", loaded, ran);
	engine_fini(&engine);
	return 0;
}
