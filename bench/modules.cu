/* SPDX-License-Identifier: MIT */
/*
 * modules.cu - what it takes to load a large fat binary, in the first process that does and in the next
 *
 *	modules [MIB [NAME]]
 *
 * Images of MIB (100) of two kinds; only the figures with NAME in theirs.
 *
 * other_gpus	little for this GPU, the rest machine code for others: a library built for every GPU
 * data		all of it is for this GPU: a program with large tables
 *
 * Each is loaded by cuModuleLoadData (module), and by cuLibraryLoadData as the runtime does it
 * (library).  "load" is that call, "ready" goes on until the first kernel of the image has finished.
 * What the kernel computed from the image is checked.
 *
 * Theory of operation
 *
 * Every image is new: a process makes it, of random bytes, in shared memory, a second loads it, a
 * third loads it again.  The machine code for this GPU is made by CUDA's linker from PTX; on softgpu,
 * which has none, the data is a comment in the PTX.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cuda.h>

#include "measure.h"

#define REPEAT		3
#define FIELD		(8ull << 20)	/* of padding: one GPU's machine code */
#define WORDS		1024		/* of the table, where it is not the bulk */
#define MARK		"\xfe\xca\xad\xde\x55\xaa\x55\xaa"

#define CU(call)                                                                        \
	do {                                                                            \
		CUresult rc_ = (call);                                                  \
		const char *text_ = "";                                                 \
		if (rc_ != CUDA_SUCCESS) {                                              \
			cuGetErrorString(rc_, &text_);                                  \
			fprintf(stderr, "%s: %s\n", #call, text_);                      \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

struct fatbin {
	uint32_t magic;
	uint16_t version, header_bytes;
	uint64_t bytes;
};

struct entry {
	uint16_t kind, one;
	uint32_t header_bytes;
	uint64_t bytes;
	uint32_t packed_bytes, options;
	uint16_t minor, major;
	uint32_t arch, name_offset, name_bytes;
	uint64_t flags, zero, full_bytes;
};

enum { PTX = 1, CUBIN = 2 };

/* What the processes share; the image follows */
struct shared {
	uint32_t sum;		/* of the table */
	double load, ready;	/* ms */
};

static struct shared *shared;
static char *image;
static size_t room;

static std::string ptx(size_t words)
{
	return ".version 7.0\n.target sm_75\n.address_size 64\n"
	       ".visible .global .align 16 .b32 table[" + std::to_string(words) +
	       "] = {0xdeadcafe, 0xaa55aa55, 3, 4};\n"
	       ".visible .entry sum(.param .u64 out)\n"
	       "{\n"
	       "	.reg .pred %p;\n"
	       "	.reg .b32 %r<8>;\n"
	       "	.reg .b64 %rd<5>;\n"
	       "	ld.param.u64 %rd1, [out];\n"
	       "	mov.u32 %r1, %tid.x;\n"
	       "	mov.u32 %r2, %ctaid.x;\n"
	       "	mov.u32 %r3, %ntid.x;\n"
	       "	mad.lo.u32 %r1, %r2, %r3, %r1;\n"
	       "	mov.u32 %r4, %nctaid.x;\n"
	       "	mul.lo.u32 %r4, %r4, %r3;\n"
	       "	mov.u32 %r5, 0;\n"
	       "	mov.u64 %rd2, table;\n"
	       "again:\n"
	       "	setp.ge.u32 %p, %r1, " + std::to_string(words) + ";\n"
	       "	@%p bra done;\n"
	       "	mad.wide.u32 %rd3, %r1, 4, %rd2;\n"
	       "	ld.global.u32 %r6, [%rd3];\n"
	       "	add.u32 %r5, %r5, %r6;\n"
	       "	add.u32 %r1, %r1, %r4;\n"
	       "	bra again;\n"
	       "done:\n"
	       "	red.global.add.u32 [%rd1], %r5;\n"
	       "	ret;\n"
	       "}\n";
}

static void context()
{
	CUcontext context;
	CUdevice device;

	CU(cuInit(0));
	CU(cuDeviceGet(&device, 0));
	CU(cuDevicePrimaryCtxRetain(&context, device));
	CU(cuCtxSetCurrent(context));
}

/* The machine code of @text; empty where there is none */
static std::string machine_code(const std::string &text)
{
	CUlinkState state;
	std::string code;
	size_t bytes;
	void *cubin;

	CU(cuLinkCreate(0, NULL, NULL, &state));
	CU(cuLinkAddData(state, CU_JIT_INPUT_PTX, (void *)text.c_str(), text.size() + 1, "sum", 0, NULL, NULL));
	CU(cuLinkComplete(state, &cubin, &bytes));
	if (bytes > 4 && !memcmp(cubin, "\x7f" "ELF", 4))
		code.assign((char *)cubin, bytes);
	CU(cuLinkDestroy(state));
	return code;
}

static void randomise(void *data, size_t bytes, uint64_t seed)
{
	for (uint64_t *at = (uint64_t *)data; bytes >= sizeof(*at); bytes -= sizeof(*at)) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		*at++ = seed ^ seed >> 29;
	}
}

static size_t padded(size_t bytes)
{
	return (bytes + 8) & ~(size_t)7;
}

/* Append an entry; returns where its @bytes go */
static char *append(uint16_t kind, uint32_t arch, size_t bytes)
{
	struct fatbin *fatbin = (struct fatbin *)image;
	struct entry *entry = (struct entry *)(image + sizeof(*fatbin) + fatbin->bytes);

	*entry = {};
	entry->kind = kind;
	entry->one = 0x101;
	entry->header_bytes = sizeof(*entry);
	entry->bytes = padded(bytes);
	entry->minor = kind == CUBIN ? 8 : 0;
	entry->major = kind == CUBIN ? 1 : 7;
	entry->arch = arch;
	entry->flags = 0x11;
	fatbin->bytes += sizeof(*entry) + entry->bytes;
	if (sizeof(*fatbin) + fatbin->bytes > room) {
		fprintf(stderr, "no room for an image of %zu bytes\n", (size_t)fatbin->bytes);
		_exit(1);
	}
	/* An earlier image may have been longer. */
	memset((char *)(entry + 1) + bytes, 0, entry->bytes - bytes);
	return (char *)(entry + 1);
}

static int capability()
{
	int major, minor;

	CU(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
	CU(cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0));
	return 10 * major + minor;
}

/* Machine code of others */
static void append_others(size_t bytes, uint64_t seed)
{
	static const uint32_t archs[] = { 52, 61, 75, 86, 90, 100, 120 };
	uint32_t own = capability() / 10;

	for (int i = 0; bytes; i++) {
		uint32_t arch = archs[i % (sizeof(archs) / sizeof(*archs))];
		size_t now = std::min<size_t>(bytes, FIELD);
		char *at;

		if (arch / 10 == own)
			continue;
		at = append(CUBIN, arch, now);
		randomise(at, now, seed + i);
		memcpy(at, "\x7f" "ELF\2\1\1", 7);
		bytes -= now;
	}
}

/* The PTX, with a comment before it so that it has @bytes */
static void append_ptx(const std::string &text, size_t bytes, uint64_t seed)
{
	size_t comment = std::max(bytes, text.size() + 4) - text.size();
	char *at = append(PTX, 75, comment + text.size());

	randomise(at, comment, seed);
	for (size_t i = 0; i < comment; i++)
		at[i] = 'a' + (at[i] & 15);
	memcpy(at, "//", 2);
	at[comment - 1] = '\n';
	memcpy(at + comment, text.c_str(), text.size());
}

static uint32_t sum_of(const void *table, size_t words)
{
	const uint32_t *word = (const uint32_t *)table;
	uint32_t sum = 0;

	for (size_t i = 0; i < words; i++)
		sum += word[i];
	return sum;
}

/* The process that makes an image */
static void make(bool others, size_t bytes, uint64_t seed)
{
	size_t words = others ? WORDS : bytes / 4;
	std::string code;

	context();
	*(struct fatbin *)image = { 0xba55ed50, 1, sizeof(struct fatbin), 0 };
	code = machine_code(ptx(words));
	if (code.empty())
		words = WORDS;
	shared->sum = 0xdeadcafe + 0xaa55aa55 + 3 + 4;
	if (others)
		append_others(bytes, seed);
	if (!code.empty()) {
		char *at = append(CUBIN, capability(), code.size()), *table;

		memcpy(at, code.data(), code.size());
		table = (char *)memmem(at, code.size(), MARK, 8);
		if (!table) {
			fprintf(stderr, "the linker has put the table elsewhere\n");
			_exit(1);
		}
		randomise(table, words * 4, seed);
		shared->sum = sum_of(table, words);
	}
	append_ptx(ptx(WORDS), !others && code.empty() ? bytes : 0, seed);
}

/* What a program pays once, before the clock runs */
static void warm_up_driver()
{
	std::string text = ptx(WORDS);
	CUfunction function;
	CUmodule module;
	CUdeviceptr out;
	void *params[] = { &out };

	CU(cuMemAlloc(&out, 4));
	CU(cuModuleLoadData(&module, text.c_str()));
	CU(cuModuleGetFunction(&function, module, "sum"));
	CU(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, 0, params, NULL));
	CU(cuCtxSynchronize());
	CU(cuModuleUnload(module));
	CU(cuMemFree(out));
}

static CUfunction load(bool library)
{
	CUlibraryOption option = CU_LIBRARY_BINARY_IS_PRESERVED;
	void *yes = (void *)1;
	CUfunction function;
	CUlibrary loaded;
	CUmodule module;
	CUkernel kernel;
	double start = now();

	if (library)
		CU(cuLibraryLoadData(&loaded, image, NULL, NULL, 0, &option, &yes, 1));
	else
		CU(cuModuleLoadData(&module, image));
	shared->load = (now() - start) * 1e3;
	if (library) {
		CU(cuLibraryGetKernel(&kernel, loaded, "sum"));
		CU(cuKernelGetFunction(&function, kernel));
	} else {
		CU(cuModuleGetFunction(&function, module, "sum"));
	}
	return function;
}

/* The process that loads it */
static void use(bool library)
{
	CUfunction function;
	CUdeviceptr out;
	void *params[] = { &out };
	uint32_t sum;
	double start;

	context();
	warm_up_driver();
	CU(cuMemAlloc(&out, 4));
	CU(cuMemsetD32(out, 0, 1));
	CU(cuCtxSynchronize());
	start = now();
	function = load(library);
	CU(cuLaunchKernel(function, 64, 1, 1, 256, 1, 1, 0, 0, params, NULL));
	CU(cuCtxSynchronize());
	shared->ready = (now() - start) * 1e3;
	CU(cuMemcpyDtoH(&sum, out, 4));
	if (sum != shared->sum) {
		fprintf(stderr, "the kernel found %#x, %#x is in the image\n", sum, shared->sum);
		_exit(1);
	}
}

template <typename Work> static void in_a_process(Work work)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		work();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		exit(1);
}

static void measure(const char *only, bool others, bool library, size_t bytes)
{
	static const char *const turns[] = { "first", "second" };
	static uint64_t seed = (uint64_t)(now() * 1e9);
	std::string name = std::string("modules.") + (others ? "other_gpus" : "data") +
			   (library ? ".library." : ".module.");
	std::vector<double> load[2], ready[2];

	if (!wanted(only, name.c_str()))
		return;
	for (int i = 0; i < REPEAT; i++) {
		/* Never twice the same length, as images of different programs have not either */
		bytes += 4096;
		seed++;
		in_a_process([&] { make(others, bytes, seed); });
		for (int turn = 0; turn < 2; turn++) {
			in_a_process([&] { use(library); });
			load[turn].push_back(shared->load);
			ready[turn].push_back(shared->ready);
			/* time for what the host does afterwards */
			usleep(300000);
		}
	}
	for (int turn = 0; turn < 2; turn++) {
		figure(name + turns[turn] + ".load", "ms", load[turn]);
		figure(name + turns[turn] + ".ready", "ms", ready[turn]);
	}
}

int main(int argc, char **argv)
{
	size_t bytes = (size_t)(argc > 1 ? atoi(argv[1]) : 100) << 20;
	const char *only = argc > 2 ? argv[2] : NULL;
	int fd = memfd_create("image", 0);

	room = bytes + bytes / 4 + (1 << 20);
	if (fd < 0 || ftruncate(fd, 4096 + room)) {
		perror("memfd");
		return 1;
	}
	shared = (struct shared *)mmap(NULL, 4096 + room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	image = (char *)shared + 4096;
	for (int others = 1; others >= 0; others--)
		for (int library = 0; library < 2; library++)
			measure(only, others, library, bytes);
	return 0;
}
