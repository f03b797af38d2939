/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "softgpu/heap.h"

void engine_init(struct engine *engine, const struct engine_memory *memory)
{
	memset(engine, 0, sizeof(*engine));
	engine->memory = *memory;
	engine->heap_bytes = ENGINE_HEAP_BYTES;
	engine->stack_bytes = ENGINE_STACK_BYTES;
	engine->multiprocessors = 1;
}

void engine_fini(struct engine *engine)
{
	heap_destroy(engine);
}
