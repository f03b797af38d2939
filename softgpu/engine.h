/* SPDX-License-Identifier: MIT */
/*
 * engine.h - what the PTX engine needs from whoever embeds it
 *
 * The engine (ptx_*, program, decode_*, exec_*, launch) turns PTX text into
 * running code and knows neither contexts nor streams.  Its embedder - the CUDA
 * front end (cu_*.c), or a test program - gives it device memory through
 * struct engine_memory and gets kernels and global variables back.
 *
 * A device address is a host virtual address.  Memory a kernel may touch is
 * whatever find() admits: device allocations, and host memory that is registered
 * or mapped.  The engine remembers find()'s answers for the length of one launch,
 * so an allocation must stay mapped (not: stay allocated) while a launch that
 * may have touched it runs.
 */
#ifndef SOFTGPU_ENGINE_H
#define SOFTGPU_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cuda.h>

/* Why the engine asks for memory: engine_memory.alloc() */
enum engine_purpose {
	ENGINE_GLOBAL,		/* .global and .const variables of a program */
	ENGINE_MANAGED,		/* .global variables with .attribute(.managed) */
	ENGINE_HEAP,		/* the heap behind malloc() in kernels */
};

/**
 * struct engine_memory - device memory, as the engine sees it
 * @context:	passed back to every function
 * @alloc:	@bytes of zeroed memory aligned to @align (a power of two); 0: none left
 * @release:	give back what @alloc returned
 * @find:	the allocation that holds @address: its first byte in *@base and its size
 *		in *@bytes; false if a kernel must not touch @address.  Called from any
 *		thread, several at once.
 */
struct engine_memory {
	void *context;
	uint64_t (*alloc)(void *context, size_t bytes, size_t align, enum engine_purpose why);
	void (*release)(void *context, uint64_t address);
	bool (*find)(void *context, uint64_t address, uint64_t *base, size_t *bytes);
};

/**
 * struct engine - one per CUDA context; everything a launch shares with the next one
 * @memory:	device memory
 * @print:	takes the text that a kernel's printf() made, whole calls at a time; called
 *		with a lock held that keeps two calls apart.  NULL: standard output
 * @print_context: passed to @print
 * @set_conditional: cudaGraphSetConditional() in a kernel; false: there is no such handle.  NULL: none
 * @heap_bytes:	size of the heap behind malloc() in kernels (CU_LIMIT_MALLOC_HEAP_SIZE); may
 *		change until the first kernel that calls malloc() runs
 * @stack_bytes: local memory a thread may use beyond what is known when a kernel is decoded:
 *		recursion, function pointers, alloca (CU_LIMIT_STACK_SIZE)
 * @multiprocessors: what %nsmid says, and %smid is below
 * @heap:	the engine's own; NULL to begin with
 */
struct engine {
	struct engine_memory memory;
	void (*print)(void *context, const char *text, size_t bytes);
	void *print_context;
	bool (*set_conditional)(uint64_t handle, unsigned int value);
	size_t heap_bytes;
	size_t stack_bytes;
	unsigned multiprocessors;
	struct heap *heap;
};

#define ENGINE_HEAP_BYTES	((size_t)8 << 20)	/* CUDA's defaults */
#define ENGINE_STACK_BYTES	((size_t)1024)

/* engine_init() - fill in the defaults; @memory is copied */
void engine_init(struct engine *engine, const struct engine_memory *memory);

/* engine_fini() - free the heap; no launch may be running, every program is destroyed */
void engine_fini(struct engine *engine);

#endif /* SOFTGPU_ENGINE_H */
