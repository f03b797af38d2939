/* SPDX-License-Identifier: MIT */
/*
 * program.h - PTX texts linked into kernels, functions and variables
 *
 * A program is what the driver API calls a module: one or several PTX texts, linked
 * by name (.visible/.weak/.common definitions meet .extern declarations).  Parsing and
 * linking happen in program_create(); a kernel's instructions are decoded when the
 * kernel is first asked for with kernel_prepare(), so that an instruction nobody runs
 * is never an error.
 *
 * Threads: a program is created and destroyed by one thread; everything else may be
 * called from any thread, several at once.
 */
#ifndef SOFTGPU_PROGRAM_H
#define SOFTGPU_PROGRAM_H

#include "softgpu/engine.h"

struct program;
struct kernel;

/**
 * struct ptx_text - one PTX text
 * @text:	the bytes; NUL padding at the end is allowed, a final NUL is not needed
 * @bytes:	their number
 * @name:	what log messages call it
 */
struct ptx_text {
	const char *text;
	size_t bytes;
	const char *name;
};

/**
 * program_create() - parse and link
 * @out:	the program
 * @engine:	gives memory for variables; must outlive the program
 * @texts:	PTX texts, hostile or not; not needed after the call
 * @count:	number of @texts
 * @log:	takes the messages, NUL-terminated, cut at @log_bytes; may be NULL
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_PTX (syntax, two definitions of a name, an
 * instruction outside the language); CUDA_ERROR_NOT_FOUND (an .extern variable or function
 * with no definition that some code uses); CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult program_create(struct program **out, struct engine *engine,
			const struct ptx_text *texts, unsigned count,
			char *log, size_t log_bytes);

/* program_destroy() - frees variables too; no launch of its kernels may be running */
void program_destroy(struct program *program);

/* program_kernel() - by name; NULL: there is none */
struct kernel *program_kernel(struct program *program, const char *name);

unsigned program_kernel_count(const struct program *program);
struct kernel *program_kernel_at(struct program *program, unsigned index);

/* enum program_content - a variable is data, or stands for a texture or surface to be bound */
enum program_content { PROGRAM_DATA, PROGRAM_TEXTURE, PROGRAM_SURFACE };

/**
 * struct program_variable - a .global or .const variable at module scope
 * @address:	of its first byte, in device memory
 * @constant:	it is a .const
 * @managed:	it has .attribute(.managed)
 * @visible:	other modules and the host may name it
 */
struct program_variable {
	const char *name;
	uint64_t address;
	size_t bytes;
	bool constant, managed, visible;
	enum program_content content;
};

/* program_variable() - by name; false: there is none */
bool program_variable(const struct program *program, const char *name,
		      struct program_variable *out);
unsigned program_variable_count(const struct program *program);
void program_variable_at(const struct program *program, unsigned index,
			 struct program_variable *out);

/* struct kernel_param - one .param of a kernel, in the order of the declaration */
struct kernel_param {
	uint32_t offset, bytes, align;
};

/**
 * struct kernel_info - what cuFuncGetAttribute() and cuFuncGetParamInfo() tell
 * @name:	as in the PTX
 * @program:	the program it belongs to
 * @params:	@param_count of them; @param_bytes is the size of the whole block
 * @registers:	32-bit registers a thread would want (an estimate: a CPU has no such limit)
 * @static_shared: bytes
 * @local:	bytes a thread
 * @constant:	bytes of the program's .const variables
 * @max_threads: of a block, from .maxntid or .reqntid, else 1024
 * @block:	from .reqntid, else zero
 * @ptx_version: 90 for 9.0
 * @target:	75 for sm_75
 * @min_blocks: from .minnctapersm, else 0
 * @cluster:	from .reqnctapercluster, else zero; @explicit_cluster: it is launched with clusters only
 */
struct kernel_info {
	const char *name;
	struct program *program;
	const struct kernel_param *params;
	uint32_t param_count, param_bytes;
	uint32_t registers;
	uint32_t static_shared, local, constant;
	uint32_t max_threads, block[3];
	uint32_t ptx_version, target;
	uint32_t min_blocks;
	uint32_t cluster[3];
	bool explicit_cluster;
};

void kernel_info(const struct kernel *kernel, struct kernel_info *info);

/**
 * kernel_prepare() - decode a kernel and everything it can call
 * @log:	as in program_create()
 *
 * Idempotent and cheap when done before; launch_run() does it too.
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_PTX or CUDA_ERROR_NOT_SUPPORTED with the
 * instruction's text and the kernel's name in @log; CUDA_ERROR_NOT_FOUND (a function that is
 * declared and called, and defined nowhere); CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult kernel_prepare(struct kernel *kernel, char *log, size_t log_bytes);

#endif /* SOFTGPU_PROGRAM_H */
