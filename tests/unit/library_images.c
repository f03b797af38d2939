/* SPDX-License-Identifier: MIT */
/* An image comes without a length: each form arrives whole, and nothing behind it */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/double/host.h"

/* What the host was sent last */
static struct wire_image image;
static struct wire_piece pieces[8];
static uint32_t n_pieces;
static uint8_t bytes[1 << 20];
static CUresult result;

/* What comes piece by piece; @uploads: images that have begun and not been loaded */
static uint8_t upload[1 << 20];
static struct wire_upload name;
static unsigned uploads, in_commands, in_parts, drops;
static bool fails;

static uint8_t *piece_of_upload(const struct arg *argv, size_t n)
{
	struct wire_upload now;
	uint64_t offset;

	memcpy(&now, argv[0].p, sizeof(now));
	memcpy(&offset, argv[1].p, sizeof(offset));
	if (now.id != name.id) {
		CHECK(!uploads++);
		memset(upload, 0, sizeof(upload));
		name = now;
	}
	CHECK(now.bytes == name.bytes && now.bytes <= sizeof(upload) && offset + n <= now.bytes);
	return upload + offset;
}

static CUresult take_bytes(struct arg *argv)
{
	in_commands++;
	memcpy(piece_of_upload(argv, argv[3].n), argv[3].p, argv[3].n);
	return CUDA_SUCCESS;
}

static CUresult take_part(struct arg *argv)
{
	struct wire_span span;

	in_parts++;
	memcpy(&span, argv[2].p, sizeof(span));
	memcpy(piece_of_upload(argv, span.bytes), host_span(&span), span.bytes);
	return CUDA_SUCCESS;
}

static CUresult drop(struct arg *argv)
{
	drops++;
	uploads--;
	return CUDA_SUCCESS;
}

/* An older host finds it in a region. */
static const void *bytes_of_image(void)
{
	struct wire_span span = { .region = image.region, .offset = image.offset,
				  .bytes = image.bytes };

	if (!(image.kind & WIRE_IMAGE_SENT))
		return host_span(&span);
	CHECK(image.region == name.id && image.bytes == name.bytes && !image.offset && uploads--);
	image.kind &= ~WIRE_IMAGE_SENT;
	return upload;
}

static CUresult load(struct arg *argv)
{
	if (fails)
		return CUDA_ERROR_ILLEGAL_STATE;
	memcpy(&image, argv[1].p, sizeof(image));
	memcpy(&n_pieces, argv[2].p, sizeof(n_pieces));
	CHECK(n_pieces <= 8 && image.bytes <= sizeof(bytes));
	memcpy(pieces, argv[3].p, argv[3].n);
	memcpy(bytes, bytes_of_image(), image.bytes);
	if (argv[9].n != ARG_NONE && argv[9].n)
		strcpy(argv[9].p, "ptxas has an opinion");
	*(int *)argv[10].p = result;
	return CUDA_SUCCESS;
}

static bool known, found;
static struct wire_digest asked;
static unsigned loads, questions;

static CUresult answer_known(struct arg *argv)
{
	questions++;
	*(uint32_t *)argv[1].p = known;
	return CUDA_SUCCESS;
}

static CUresult load_known(struct arg *argv)
{
	memcpy(&asked, argv[1].p, sizeof(asked));
	loads++;
	*(int *)argv[10].p = CUDA_SUCCESS;
	return found ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

/* @n bytes that end where the next page cannot be read: reading further is a crash */
static uint8_t *at_the_edge(size_t n)
{
	uint8_t *p = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);

	CHECK(p != MAP_FAILED && n <= 4 * 4096 && !mprotect(p + 4 * 4096, 4096, PROT_NONE));
	for (size_t i = 0; i < n; i++)
		p[4 * 4096 - n + i] = rand() | 1;
	return p + 4 * 4096 - n;
}

static uint8_t *fatbin(size_t payload)
{
	uint8_t *p = at_the_edge(16 + payload);
	const uint32_t magic = 0xba55ed50;
	const uint16_t version = 1, header = 16;
	const uint64_t size = payload;

	memcpy(p, &magic, 4);
	memcpy(p + 4, &version, 2);
	memcpy(p + 6, &header, 2);
	memcpy(p + 8, &size, 8);
	return p;
}

static void load_and_look(const void *data)
{
	CUmodule module;

	CHECK(!cuModuleLoadData(&module, data));
	CHECK(image.kind == WIRE_IMAGE_PLAIN && n_pieces == 1 && pieces[0].offset == 0);
	CHECK(!cuModuleUnload(module));
}

static void check_plain(const void *data, size_t n)
{
	load_and_look(data);
	CHECK(pieces[0].bytes == n && !memcmp(bytes, data, n));
}

static void elf(void)
{
	enum { SECTION = 700, DATA = 200, SIZE = 900 };
	Elf64_Shdr sections[2] = { { .sh_type = SHT_NOBITS, .sh_offset = 50, .sh_size = 1 << 30 },
				   { .sh_type = SHT_PROGBITS, .sh_offset = DATA, .sh_size = 100 } };
	Elf64_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 }, .e_shoff = SECTION,
			      .e_shnum = 2, .e_shentsize = sizeof(sections[0]) };
	uint8_t *p = at_the_edge(SIZE);

	memcpy(p, &header, sizeof(header));
	memcpy(p + SECTION, sections, sizeof(sections));
	check_plain(p, SECTION + sizeof(sections));	/* the table of sections is last */
	sections[1].sh_size = SIZE - DATA;
	memcpy(p + SECTION, sections, sizeof(sections));
	check_plain(p, SIZE);				/* a section is last */
}

/* Put an entry of @whole bytes, its header included; returns what follows it. */
static uint8_t *entry(uint8_t *at, uint16_t kind, uint32_t arch, uint64_t whole)
{
	const uint32_t header = 64;
	const uint64_t payload = whole - header;

	memcpy(at, &kind, 2);
	memcpy(at + 4, &header, 4);
	memcpy(at + 8, &payload, 8);
	memcpy(at + 28, &arch, 4);
	return at + whole;
}

/* The double's device has compute capability 1075.1076; 10 and later may have been renumbered. */
static void code_for_other_gpus_stays_here(void)
{
	enum { PTX = 1, CODE = 2, KEPT = 100 + 200 + 300, SIZE = 4 * 4096 - 16 };
	uint8_t *data = fatbin(SIZE), *at = data + 16;
	uint64_t size = KEPT;

	at = entry(at, CODE, 75, 8192);
	at = entry(at, PTX, 75, 100);
	at = entry(at, CODE, 10750, 200);
	at = entry(at, CODE, 90, SIZE - KEPT - 8192 - 128);
	at = entry(at, CODE, 103, 300);
	at = entry(at, CODE, 99, 128);
	CHECK(at == data + 16 + SIZE);
	load_and_look(data);
	CHECK(pieces[0].bytes == 16 + KEPT && !memcmp(bytes, data, 8));
	CHECK(!memcmp(bytes + 8, &size, 8));
	CHECK(!memcmp(bytes + 16, data + 16 + 8192, 300));
	CHECK(!memcmp(bytes + 16 + 300, data + 16 + SIZE - 128 - 300, 300));

	/* What is more than half, what is nothing, and what is not all entries go as they are. */
	entry(data + 16, PTX, 75, 8192);
	check_plain(data, 16 + SIZE);
	entry(data + 16, CODE, 75, SIZE);
	check_plain(data, 16 + SIZE);
	entry(entry(data + 16, PTX, 75, 8192), CODE, 75, SIZE - 8192 + 8);
	check_plain(data, 16 + SIZE);
	entry(entry(data + 16, PTX, 75, 8192), CODE, 75, SIZE - 8192 - 8);
	check_plain(data, 16 + SIZE);
}

/* A large image is named by its digest if the host may have it, and sent if it has not. */
static void known_images_are_not_sent(void)
{
	/* BLAKE3 of the image below (b3sum) */
	static const uint8_t digest[] = {
		0x86, 0x5c, 0xd8, 0x79, 0xff, 0xdb, 0x67, 0x7b,
		0x21, 0xb1, 0x56, 0x80, 0x58, 0xe4, 0xc3, 0x0b,
		0x9e, 0x3f, 0x60, 0x7f, 0x8f, 0x51, 0xb9, 0x32,
		0xe2, 0xe3, 0x75, 0x33, 0x4a, 0xf8, 0xc8, 0x91,
	};
	char *text = malloc(1 << 20);
	CUmodule module;

	for (size_t i = 0; i < 1 << 20; i++)
		text[i] = (char)('a' + i % 23);
	text[(1 << 20) - 1] = '\0';
	n_pieces = 0;
	CHECK(!cuModuleLoadData(&module, text) && questions == 1 && !loads && n_pieces == 1);
	known = true;
	n_pieces = 0;
	CHECK(!cuModuleLoadData(&module, text) && questions == 2 && loads == 1 && n_pieces == 1);
	CHECK(!memcmp(&asked, digest, sizeof(asked)));
	found = true;
	n_pieces = 0;
	CHECK(!cuModuleLoadData(&module, text) && questions == 3 && loads == 2 && !n_pieces);
	/* A small one goes along. */
	text[WIRE_IMAGE_SMALL - 1] = '\0';
	CHECK(!cuModuleLoadData(&module, text) && questions == 3 && n_pieces == 1);
	free(text);
}

static void wrappers(void)
{
	struct {
		uint32_t magic, version;
		const void *data;
		const void **prelinked;
	} wrapper = { 0x466243b1, 1, fatbin(333), NULL };
	const void *more[] = { fatbin(100), fatbin(8), NULL };
	CUlibrary library;

	CHECK(!cuLibraryLoadData(&library, &wrapper, NULL, NULL, 0, NULL, NULL, 0));
	CHECK(image.kind == WIRE_IMAGE_WRAPPER && n_pieces == 1 && pieces[0].bytes == 349);
	CHECK(!memcmp(bytes, wrapper.data, 349));
	wrapper.version = 2;
	wrapper.prelinked = more;
	CHECK(!cuLibraryLoadData(&library, &wrapper, NULL, NULL, 0, NULL, NULL, 0));
	CHECK(n_pieces == 3 && pieces[1].bytes == 116 && pieces[2].bytes == 24);
	CHECK(!memcmp(bytes + pieces[2].offset, more[1], 24) && pieces[2].offset % 8 == 0);
	wrapper.data = NULL;
	CHECK(!cuLibraryLoadData(&library, &wrapper, NULL, NULL, 0, NULL, NULL, 0));
	CHECK(n_pieces == 3 && pieces[0].bytes == 0);
}

/* A load that fails leaves its log, and no module. */
static void logs(void)
{
	char log[100] = "x";
	CUjit_option options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
				   CU_JIT_OPTIMIZATION_LEVEL };
	void *values[] = { log, (void *)sizeof(log), (void *)3 };
	CUmodule module = (CUmodule)123;

	result = CUDA_ERROR_INVALID_PTX;
	CHECK(cuModuleLoadDataEx(&module, "bad", 3, options, values) == CUDA_ERROR_INVALID_PTX);
	CHECK(module == (CUmodule)123 && !strcmp(log, "ptxas has an opinion"));
	CHECK(values[1] == (void *)20);
	result = CUDA_SUCCESS;
	options[2] = CU_JIT_GLOBAL_SYMBOL_NAMES;
	CHECK(cuModuleLoadDataEx(&module, "x", 3, options, values) == CUDA_ERROR_NOT_SUPPORTED);
	CHECK(cuModuleLoadData(&module, NULL) == CUDA_ERROR_INVALID_VALUE);
	CHECK(cuModuleLoad(&module, "/no/such/file") == CUDA_ERROR_FILE_NOT_FOUND);
}

static void text(void)
{
	uint8_t *p;

	for (size_t n = 1; n < 20; n++) {
		p = at_the_edge(n);
		p[n - 1] = '\0';
		check_plain(p, n);
	}
}

/* What is small comes in commands, what is large through memory that is there from then on. */
static void images_need_no_region(void)
{
	size_t n = (1 << 20) - 8;
	char *text = malloc(n);
	unsigned regions;
	CUmodule module;

	in_commands = in_parts = 0;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + i % 19);
	text[100000] = '\0';
	regions = host_regions;
	check_plain(text, 100001);
	CHECK(in_commands == 2 && !in_parts && host_regions == regions);
	text[100000] = 'a';
	text[n - 1] = '\0';
	known = false;
	for (int i = 0; i < 3; i++)
		check_plain(text, n);
	CHECK(in_commands == 2 && in_parts == 3 && host_regions <= regions + 1);
	/* Without the call that loads it the host is told to forget it. */
	CHECK(!drops);
	fails = true;
	CHECK(cuModuleLoadData(&module, text) == CUDA_ERROR_ILLEGAL_STATE);
	CHECK(cuModuleLoadData(&module, "small") == CUDA_ERROR_ILLEGAL_STATE);
	CHECK(!cuCtxSynchronize() && drops == 2 && !uploads);
	fails = false;
	free(text);
}

/* QCUDA_PERF=no_upload, and an older host: in regions, which then end */
static void images_in_regions(void)
{
	unsigned regions = host_regions;

	text();
	code_for_other_gpus_stays_here();
	wrappers();
	CHECK(!in_commands && !in_parts && host_regions == regions);
}

static void start(void)
{
	host_answers[CALL_module_load] = host_answers[CALL_library_load] = load;
	host_answers[CALL_image_known] = answer_known;
	host_answers[CALL_module_load_known] = load_known;
	host_answers[CALL_image_bytes] = take_bytes;
	host_answers[CALL_image_part] = take_part;
	host_answers[CALL_image_drop] = drop;
	host_start();
}

int main(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		setenv("QCUDA_PERF", "no_upload", 1);
		start();
		images_in_regions();
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && !status);
	start();
	text();
	check_plain(fatbin(1000), 1016);
	elf();
	code_for_other_gpus_stays_here();
	known_images_are_not_sent();
	wrappers();
	logs();
	images_need_no_region();
	return 0;
}
