/* SPDX-License-Identifier: MIT */
/* What programs register at start-up: modules, and the kernels and variables in them. */
#ifndef QCUDA_CUDART_FATBIN_H
#define QCUDA_CUDART_FATBIN_H

#include <stdatomic.h>
#include "cudart.h"
#include "table.h"

/* A fat binary of the program or of one of its libraries, or a cudaLibrary_t. */
struct module {
	struct module *next;
	const void *image;          /* the wrapper that nvcc made; NULL for a cudaLibrary_t */
	_Atomic(CUlibrary) library; /* NULL until something in it is first used */
	struct kernel *kernels;
	struct variable *variables;
};

/* A kernel, known by the address of its host stub or by its CUkernel. */
struct kernel {
	struct node node;
	struct kernel *sibling;
	struct module *module;
	const char *name;
	_Atomic(CUkernel) handle; /* NULL until first use */
};

/* A device variable, known by the address of its host shadow. */
struct variable {
	struct node node;
	struct variable *sibling;
	struct module *module;
	const char *name;
	void **managed; /* where the program keeps the address of a __managed__ one, or NULL */
};

struct kernel *fatbin_kernel(const void *host);
struct variable *fatbin_variable(const void *host);
cudaError_t fatbin_load(struct module *module, CUlibrary *library);
cudaError_t fatbin_adopt_kernel(CUlibrary library, CUkernel handle);
void fatbin_drop_library(CUlibrary library);
void fatbin_context_created(void);

const void *fatbin_host(CUkernel kernel, CUfunction function);

/* symbol.c */
cudaError_t symbol_part(const void *symbol, size_t count, size_t offset, void **address);

cudaError_t kernel_handle(struct kernel *kernel, CUkernel *handle);
cudaError_t kernel_find(const void *func, CUkernel *handle);
cudaError_t kernel_of_symbol(const void *symbol, CUkernel *handle);
cudaError_t kernel_get(const void *symbol, CUkernel *handle);

#pragma GCC visibility push(default)

/* The registration ABI: called from code that nvcc emits, declared in no public header. */
void **__cudaRegisterFatBinary(void *wrapper);
void __cudaRegisterFatBinaryEnd(void **handle);
void __cudaUnregisterFatBinary(void **handle);
void __cudaRegisterFunction(void **handle, const char *host, char *stub, const char *name,
			    int thread_limit, uint3 *tid, uint3 *bid, dim3 *block, dim3 *grid,
			    int *warp_size);
void __cudaRegisterVar(void **handle, char *host, char *address, const char *name, int ext,
		       size_t size, int constant, int global);
void __cudaRegisterManagedVar(void **handle, void **host, char *address, const char *name, int ext,
			      size_t size, int constant, int global);
void __cudaRegisterHostVar(void **handle, const char *name, char *host, size_t size);
char __cudaInitModule(void **handle);

#pragma GCC visibility pop

#endif
