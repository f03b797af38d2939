/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts, and which one is current
 *
 * A context owns what is created in it; context_deactivate() takes everything along.  A
 * primary context is one object for the life of its device that is activated and
 * deactivated, so its handle stays the same, as NVIDIA's does.  Each thread has a stack of
 * contexts that holds references: a thread whose current context was destroyed by another
 * gets CUDA_ERROR_CONTEXT_IS_DESTROYED, not freed memory.
 */
#include "softgpu/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/conditional.h"
#include "softgpu/device.h"
#include "softgpu/driver.h"
#include "softgpu/library.h"
#include "softgpu/memory.h"
#include "softgpu/peer.h"
#include "softgpu/stream.h"

/* struct context_stack - of one thread; the last one is current */
struct context_stack {
	struct context **contexts;
	size_t depth, capacity;
};

static pthread_once_t stack_once = PTHREAD_ONCE_INIT;
static pthread_key_t stack_key;
static __thread struct context_stack stack;

static unsigned long long last_id;	/* atomic */

static void context_destroy(struct handle *handle)
{
	struct context *context = CONTAINER_OF(handle, struct context, handle);

	context_put(context->parent);
	free(context);
}

static uint64_t engine_alloc(void *opaque, size_t bytes, size_t align, enum engine_purpose why)
{
	static const enum memory_kind kinds[] = {
		[ENGINE_GLOBAL] = MEMORY_VARIABLE,
		[ENGINE_MANAGED] = MEMORY_MANAGED_VARIABLE,
		[ENGINE_HEAP] = MEMORY_HEAP,
	};
	struct context *context = opaque;
	struct memory_block block = {
		.size = bytes ? bytes : 1, .kind = kinds[why], .device = context->device,
		.context = context,
	};

	return memory_alloc(&block, align) ? 0 : block.base;
}

static void engine_release(void *opaque, uint64_t address)
{
	memory_free(address, 1u << MEMORY_VARIABLE | 1u << MEMORY_MANAGED_VARIABLE |
			     1u << MEMORY_HEAP);
}

static bool engine_find(void *opaque, uint64_t address, uint64_t *base, size_t *bytes)
{
	struct memory_block block;

	if (!memory_find(address, &block) || !peer_may_use(opaque, &block))
		return false;
	*base = block.base;
	*bytes = block.size;
	return true;
}

static void set_defaults(struct context *context)
{
	context->engine.heap_bytes = ENGINE_HEAP_BYTES;
	context->engine.stack_bytes = ENGINE_STACK_BYTES;
	memset(context->limits, 0, sizeof(context->limits));
	context->limits[CU_LIMIT_STACK_SIZE] = ENGINE_STACK_BYTES;
	context->limits[CU_LIMIT_PRINTF_FIFO_SIZE] = 1 << 20;
	context->limits[CU_LIMIT_MALLOC_HEAP_SIZE] = ENGINE_HEAP_BYTES;
	context->limits[CU_LIMIT_DEV_RUNTIME_SYNC_DEPTH] = 2;
	context->limits[CU_LIMIT_DEV_RUNTIME_PENDING_LAUNCH_COUNT] = 2048;
	context->limits[CU_LIMIT_MAX_L2_FETCH_GRANULARITY] = 64;
	context->cache_config = CU_FUNC_CACHE_PREFER_NONE;
	context->shared_config = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE;
}

struct context *context_new(struct device *device, unsigned int flags, bool primary)
{
	struct context *context = calloc(1, sizeof(*context));
	const struct engine_memory functions = {
		.context = context,
		.alloc = engine_alloc,
		.release = engine_release,
		.find = engine_find,
	};

	if (!context)
		return NULL;
	engine_init(&context->engine, &functions);
	context->engine.multiprocessors = DEVICE_SMS;
	context->engine.set_conditional = conditional_set;
	handle_init(&context->handle, HANDLE_CONTEXT, NULL, context_destroy);
	context->device = device;
	context->primary = primary;
	context->flags = flags;
	context->version = 3020;
	context->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	handle_publish(&context->handle);
	return context;
}

CUresult context_activate(struct context *context)
{
	set_defaults(context);
	context->stop = false;
	__atomic_store_n(&context->sticky, CUDA_SUCCESS, __ATOMIC_RELEASE);
	if (!stream_new_legacy(context))
		return CUDA_ERROR_OUT_OF_MEMORY;
	__atomic_store_n(&context->alive, true, __ATOMIC_RELEASE);
	return CUDA_SUCCESS;
}

/* take_all() - retire and let go of every object of a type */
static void take_all(struct context *context, enum handle_type type)
{
	struct handle *handle;

	while ((handle = handle_take(context, type))) {
		if (type == HANDLE_STREAM)
			stream_close(CONTAINER_OF(handle, struct stream, handle));
		else
			handle_put(handle);
	}
}

void context_deactivate(struct context *context)
{
	static const enum handle_type owned[] = {
		HANDLE_EVENT, HANDLE_LINK, HANDLE_FUNCTION, HANDLE_MODULE, HANDLE_STREAM,
		HANDLE_TEXTURE, HANDLE_SURFACE, HANDLE_TEXTURE_REFERENCE,
		HANDLE_SURFACE_REFERENCE, HANDLE_MIPMAP, HANDLE_ARRAY,
	};

	__atomic_store_n(&context->alive, false, __ATOMIC_RELEASE);
	stream_synchronize_context(context);
	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		take_all(context, owned[i]);
	library_context_gone(context);
	stream_close_legacy(context);
	memory_free_all(context);
	engine_fini(&context->engine);
}

CUresult context_status(const struct context *context)
{
	if (!__atomic_load_n(&context->alive, __ATOMIC_ACQUIRE))
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	return __atomic_load_n(&context->sticky, __ATOMIC_ACQUIRE);
}

void context_fail(struct context *context, CUresult error)
{
	CUresult none = CUDA_SUCCESS;

	__atomic_compare_exchange_n(&context->sticky, &none, error, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
}

CUresult context_enter(struct context **context)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*context = context_current();
	if (!*context)
		return CUDA_ERROR_INVALID_CONTEXT;
	result = context_status(*context);
	if (!result && (*context)->parent) {
		*context = (*context)->parent;
		result = context_status(*context);
	}
	return result;
}

struct context *context_green(void)
{
	struct context *context = context_current();

	return context && context->parent ? context : NULL;
}

static void stack_empty(void *unused)
{
	while (stack.depth)
		context_put(stack.contexts[--stack.depth]);
	free(stack.contexts);
	memset(&stack, 0, sizeof(stack));
}

static void stack_key_create(void)
{
	pthread_key_create(&stack_key, stack_empty);
}

struct context *context_current(void)
{
	return stack.depth ? stack.contexts[stack.depth - 1] : NULL;
}

CUresult context_push(struct context *context)
{
	if (stack.depth == stack.capacity) {
		size_t capacity = stack.capacity ? 2 * stack.capacity : 8;
		struct context **more = realloc(stack.contexts, capacity * sizeof(*more));

		if (!more)
			return CUDA_ERROR_OUT_OF_MEMORY;
		stack.contexts = more;
		stack.capacity = capacity;
		pthread_once(&stack_once, stack_key_create);
		pthread_setspecific(stack_key, &stack);
	}
	if (context)
		handle_ref(&context->handle);
	stack.contexts[stack.depth++] = context;
	return CUDA_SUCCESS;
}

bool context_pop(struct context **context)
{
	if (!stack.depth)
		return false;
	*context = stack.contexts[--stack.depth];
	return true;
}

CUresult context_set(struct context *context)
{
	struct context *old = NULL;

	if (context == context_current())
		return CUDA_SUCCESS;
	context_pop(&old);
	context_put(old);
	return context ? context_push(context) : CUDA_SUCCESS;
}
