/* SPDX-License-Identifier: MIT */
/*
 * The registry of fat binaries.
 *
 * Constructors that nvcc emits register each fat binary with its kernels and
 * variables before main() or inside dlopen(), and take it back at exit or inside
 * dlclose().  Registering only takes notes: no driver is needed, and an image is
 * handed to it (cuLibraryLoadData) when something in it is first used.  A
 * CUlibrary belongs to no context, so modules outlive cudaDeviceReset(); only
 * managed variables have addresses in the program, renewed with each context.
 *
 * A registration cannot report an error; when memory runs out the kernel stays
 * unknown, and using it says so.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "fatbin.h"

/*
 * loading serialises calls that load modules and resolve their kernels; lock
 * guards the tables and lists, and is taken after it.
 */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct table kernels;
static struct table variables;
static struct module *modules;

static struct module *module_new(const void *image, CUlibrary library)
{
	struct module *module = calloc(1, sizeof(*module));

	if (!module)
		return NULL;
	module->image = image;
	module->library = library;
	module->next = modules;
	modules = module;
	return module;
}

static void module_free(struct module *module)
{
	struct module **link = &modules;
	struct variable *variable;
	struct kernel *kernel;

	while (*link != module)
		link = &(*link)->next;
	*link = module->next;
	while ((kernel = module->kernels)) {
		module->kernels = kernel->sibling;
		table_remove(&kernels, &kernel->node);
		free(kernel);
	}
	while ((variable = module->variables)) {
		module->variables = variable->sibling;
		table_remove(&variables, &variable->node);
		free(variable);
	}
	free(module);
}

static struct kernel *kernel_new(struct module *module, const void *key, const char *name)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->node.key = key;
	kernel->module = module;
	kernel->name = name;
	if (table_add(&kernels, &kernel->node)) {
		free(kernel);
		return NULL;
	}
	kernel->sibling = module->kernels;
	module->kernels = kernel;
	return kernel;
}

static void variable_new(struct module *module, const void *key, const char *name, void **managed)
{
	struct variable *variable = calloc(1, sizeof(*variable));

	if (!variable)
		return;
	variable->node.key = key;
	variable->module = module;
	variable->name = name;
	variable->managed = managed;
	if (table_add(&variables, &variable->node)) {
		free(variable);
		return;
	}
	variable->sibling = module->variables;
	module->variables = variable;
}

/*
 * A child of fork() has one thread and the locks of all.  So nobody else is to hold them then: what
 * they guard is whole in the child, whose exit takes the registered modules out of it.
 */
static void fork_begins(void)
{
	pthread_mutex_lock(&loading);
	pthread_rwlock_wrlock(&lock);
}

static void fork_done(void)
{
	pthread_rwlock_unlock(&lock);
	pthread_mutex_unlock(&loading);
}

#if defined(__SANITIZE_THREAD__)
/* The sanitizer's: @mutex is free, though nobody has unlocked it */
void AnnotateRWLockReleased(const char *file, int line, const volatile void *mutex, long write);
#else
static inline void AnnotateRWLockReleased(const char *file, int line, const volatile void *mutex, long write)
{
}
#endif

/* The write lock knows its thread by a number that is the parent's. */
static void fork_done_in_child(void)
{
	AnnotateRWLockReleased(__FILE__, __LINE__, &lock, true);
	lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	pthread_mutex_unlock(&loading);
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(fork_begins, fork_done, fork_done_in_child);
}

void **__cudaRegisterFatBinary(void *wrapper)
{
	struct module *module;

	pthread_rwlock_wrlock(&lock);
	module = module_new(wrapper, NULL);
	pthread_rwlock_unlock(&lock);
	return (void **)module;
}

void __cudaRegisterFatBinaryEnd(void **handle)
{
}

void __cudaUnregisterFatBinary(void **handle)
{
	struct module *module = (struct module *)handle;
	CUlibrary library;

	if (!module)
		return;
	pthread_mutex_lock(&loading);
	pthread_rwlock_wrlock(&lock);
	library = module->library;
	module_free(module);
	pthread_rwlock_unlock(&lock);
	if (library && !driver_leaving())
		driver.cuLibraryUnload(library);
	pthread_mutex_unlock(&loading);
}

void __cudaRegisterFunction(void **handle, const char *host, char *stub, const char *name,
			    int thread_limit, uint3 *tid, uint3 *bid, dim3 *block, dim3 *grid,
			    int *warp_size)
{
	if (!handle)
		return;
	pthread_rwlock_wrlock(&lock);
	kernel_new((struct module *)handle, host, name);
	pthread_rwlock_unlock(&lock);
}

static void register_variable(void **handle, const void *key, const char *name, void **managed)
{
	if (!handle)
		return;
	pthread_rwlock_wrlock(&lock);
	variable_new((struct module *)handle, key, name, managed);
	pthread_rwlock_unlock(&lock);
}

void __cudaRegisterVar(void **handle, char *host, char *address, const char *name, int ext,
		       size_t size, int constant, int global)
{
	register_variable(handle, host, name, NULL);
}

void __cudaRegisterManagedVar(void **handle, void **host, char *address, const char *name, int ext,
			      size_t size, int constant, int global)
{
	register_variable(handle, host, name, host);
}

/* A host variable that device code names: of use only where devices read pageable memory. */
void __cudaRegisterHostVar(void **handle, const char *name, char *host, size_t size)
{
}

/* Load a module.  Called with loading held. */
static cudaError_t load(struct module *module)
{
	CUlibraryOption option = CU_LIBRARY_BINARY_IS_PRESERVED;
	void *value = (void *)1;
	CUlibrary library;
	cudaError_t error;

	if (module->library)
		return cudaSuccess;
	error = error_from(driver.cuLibraryLoadData(&library, module->image, NULL, NULL, 0,
						    &option, &value, 1));
	if (!error)
		atomic_store(&module->library, library);
	return error;
}

/** fatbin_load() - the CUlibrary of a module, loaded at first need */
cudaError_t fatbin_load(struct module *module, CUlibrary *library)
{
	cudaError_t error = cudaSuccess;

	*library = atomic_load(&module->library);
	if (*library)
		return cudaSuccess;
	pthread_mutex_lock(&loading);
	error = load(module);
	pthread_mutex_unlock(&loading);
	*library = atomic_load(&module->library);
	return error;
}

/* Tell the program where its managed variables are.  Called with both locks held. */
static cudaError_t place_managed(struct module *module)
{
	cudaError_t error = cudaSuccess;
	struct variable *variable;
	CUdeviceptr address;
	size_t size;

	for (variable = module->variables; variable && !error; variable = variable->sibling) {
		if (!variable->managed)
			continue;
		error = load(module);
		if (!error)
			error = error_from(driver.cuLibraryGetManaged(
				&address, &size, module->library, variable->name));
		if (!error)
			__atomic_store_n(variable->managed, (void *)address, __ATOMIC_RELEASE);
	}
	return error;
}

/* Called by the program before it first touches a managed variable of the module. */
char __cudaInitModule(void **handle)
{
	cudaError_t error = handle ? context_enter() : cudaErrorMemoryAllocation;

	if (!error) {
		pthread_mutex_lock(&loading);
		pthread_rwlock_rdlock(&lock);
		error = place_managed((struct module *)handle);
		pthread_rwlock_unlock(&lock);
		pthread_mutex_unlock(&loading);
	}
	error_set(error);
	return error == cudaSuccess;
}

static bool eager(void)
{
	const char *mode = getenv("CUDA_MODULE_LOADING");

	return mode && !strcmp(mode, "EAGER");
}

/**
 * fatbin_context_created() - a primary context has come to life and is current
 *
 * Errors wait for the call that needs the module.
 */
void fatbin_context_created(void)
{
	bool all = eager();

	pthread_mutex_lock(&loading);
	pthread_rwlock_rdlock(&lock);
	for (struct module *module = modules; module; module = module->next) {
		if (all)
			load(module);
		place_managed(module);
	}
	pthread_rwlock_unlock(&lock);
	pthread_mutex_unlock(&loading);
}

/** fatbin_kernel() - the kernel of a host stub or CUkernel, NULL if there is none */
struct kernel *fatbin_kernel(const void *host)
{
	struct node *node;

	pthread_rwlock_rdlock(&lock);
	node = table_find(&kernels, host);
	pthread_rwlock_unlock(&lock);
	return (struct kernel *)node;
}

static bool is_kernel(struct kernel *kernel, CUkernel handle, CUfunction function)
{
	CUkernel own = atomic_load(&kernel->handle);
	CUfunction launched;

	if (!own)
		return false;
	if (own == handle || own == (CUkernel)function)
		return true;
	return function && !driver.cuKernelGetFunction(&launched, own) && launched == function;
}

/**
 * fatbin_host() - what the program calls a kernel that the driver names
 * @kernel: its CUkernel, or NULL and then
 * @function: its CUfunction in the current context
 *
 * Return: the host stub; the driver's name if the program has none for it.
 */
const void *fatbin_host(CUkernel kernel, CUfunction function)
{
	const void *host = kernel ? (const void *)kernel : (const void *)function;
	bool stub = false;

	pthread_rwlock_rdlock(&lock);
	for (struct module *module = modules; module && !stub; module = module->next)
		for (struct kernel *k = module->kernels; k && !stub; k = k->sibling) {
			if (!is_kernel(k, kernel, function))
				continue;
			host = k->node.key;
			stub = host != (const void *)atomic_load(&k->handle);
		}
	pthread_rwlock_unlock(&lock);
	return host;
}

static_assert(offsetof(struct kernel, node) == 0, "a node is its kernel");
static_assert(offsetof(struct variable, node) == 0, "a node is its variable");

static struct variable *find_managed(const void *address)
{
	for (struct module *module = modules; module; module = module->next)
		for (struct variable *v = module->variables; v; v = v->sibling)
			if (v->managed &&
			    __atomic_load_n(v->managed, __ATOMIC_ACQUIRE) == address)
				return v;
	return NULL;
}

/** fatbin_variable() - the variable of a host shadow or managed address, or NULL */
struct variable *fatbin_variable(const void *host)
{
	struct variable *variable;

	pthread_rwlock_rdlock(&lock);
	variable = (struct variable *)table_find(&variables, host);
	if (!variable && host)
		variable = find_managed(host);
	pthread_rwlock_unlock(&lock);
	return variable;
}

static struct module *find_library(CUlibrary library)
{
	struct module *module = modules;

	while (module && module->library != library)
		module = module->next;
	return module;
}

/** fatbin_adopt_kernel() - let a kernel of a cudaLibrary_t be named by its handle */
cudaError_t fatbin_adopt_kernel(CUlibrary library, CUkernel handle)
{
	struct kernel *kernel;
	struct module *module;

	pthread_rwlock_wrlock(&lock);
	kernel = (struct kernel *)table_find(&kernels, handle);
	if (!kernel) {
		module = find_library(library);
		if (!module)
			module = module_new(NULL, library);
		kernel = module ? kernel_new(module, handle, NULL) : NULL;
		if (kernel)
			kernel->handle = handle;
	}
	pthread_rwlock_unlock(&lock);
	return kernel ? cudaSuccess : cudaErrorMemoryAllocation;
}

/** fatbin_drop_library() - forget the kernels adopted from a cudaLibrary_t */
void fatbin_drop_library(CUlibrary library)
{
	struct module *module;

	pthread_rwlock_wrlock(&lock);
	module = find_library(library);
	if (module && !module->image)
		module_free(module);
	pthread_rwlock_unlock(&lock);
}

/* The handle of a kernel that has none yet. */
static cudaError_t resolve(struct kernel *kernel)
{
	cudaError_t error = load(kernel->module);
	CUkernel handle;
	CUresult result;

	if (error || kernel->handle)
		return error;
	result = driver.cuLibraryGetKernel(&handle, kernel->module->library, kernel->name);
	if (result == CUDA_ERROR_NOT_FOUND)
		return cudaErrorInvalidDeviceFunction;
	if (!result)
		atomic_store(&kernel->handle, handle);
	return error_from(result);
}

/** kernel_handle() - the driver's handle of a kernel, whose module is loaded at first need */
cudaError_t kernel_handle(struct kernel *kernel, CUkernel *handle)
{
	cudaError_t error = cudaSuccess;

	if (!kernel)
		return cudaErrorInvalidDeviceFunction;
	*handle = atomic_load(&kernel->handle);
	if (*handle)
		return cudaSuccess;
	pthread_mutex_lock(&loading);
	error = resolve(kernel);
	pthread_mutex_unlock(&loading);
	*handle = atomic_load(&kernel->handle);
	return error;
}

/**
 * kernel_find() - the driver's handle for what a program calls a kernel
 * @func: a host stub, or a cudaKernel_t
 *
 * Return: success; cudaErrorInvalidDeviceFunction for NULL, and for a stub whose
 * kernel the image has not; cudaErrorInvalidResourceHandle for any other address,
 * since what is no stub must be a handle: but since CUDA 13 only.
 */
cudaError_t kernel_find(const void *func, CUkernel *handle)
{
	struct kernel *kernel = fatbin_kernel(func);

	if (!kernel && func && CUDART_VERSION >= 13000)
		return cudaErrorInvalidResourceHandle;
	return kernel_handle(kernel, handle);
}

/** kernel_of_symbol() - the same for a host stub only; cudaErrorInvalidDeviceFunction if it is none */
cudaError_t kernel_of_symbol(const void *symbol, CUkernel *handle)
{
	return kernel_handle(fatbin_kernel(symbol), handle);
}

/** kernel_get() - the same, and the handle means the kernel to later calls */
cudaError_t kernel_get(const void *symbol, CUkernel *handle)
{
	struct kernel *kernel = fatbin_kernel(symbol);
	cudaError_t error = kernel_of_symbol(symbol, handle);

	return error ? error : fatbin_adopt_kernel(kernel->module->library, *handle);
}
