/* SPDX-License-Identifier: MIT */
/*
 * observe_init.c - reads of memory that nobody wrote
 *
 * Memory begins filled with a word that nobody would write: a program's device memory when it
 * is allocated, a block's shared and local memory when it begins.  An element of at least four
 * bytes that still holds the word when it is read was not written.  One chance in 2^32 says
 * otherwise, and smaller elements are not looked at.
 */

#include "softgpu/exec_mem.h"
#include "softgpu/log.h"
#include "softgpu/observe.h"

#define UNWRITTEN	0xd1ce5eedu

static void fill(void *memory, size_t bytes)
{
	uint32_t *words = memory;

	for (size_t i = 0; i < bytes / 4; i++)
		words[i] = UNWRITTEN;
}

void init_block(struct cta *cta)
{
	fill(cta->shared, cta->shared_bytes);
	fill(cta->local, cta->local_size);
}

void observe_alloc(void *memory, size_t bytes)
{
	if (observe_wanted() & OBSERVE_INIT)
		fill(memory, bytes);
}

static bool is_unwritten(const unsigned char *at, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i += 4) {
		uint32_t word;

		memcpy(&word, at + i, 4);
		if (word != UNWRITTEN)
			return false;
	}
	return true;
}

/* Where the lane's data is; NULL: it is about to fault */
static const unsigned char *find(struct warp *w, const struct insn *in, const struct access *access,
				 unsigned lane, uint64_t address)
{
	const struct cta *cta = w->cta;
	struct span span;

	switch (access->space) {
	case SPACE_SHARED:
		return address < cta->shared_bytes && cta->shared_bytes - address >= access->bytes ?
		       cta->shared + address : NULL;
	case SPACE_LOCAL:
		return address < cta->local_bytes && cta->local_bytes - address >= access->bytes ?
		       lane_local(w, lane) + address : NULL;
	default:
		return memory_resolve(w, address, access->bytes, &span);
	}
}

void init_check(struct warp *w, const struct insn *in, const struct access *access, uint32_t mask)
{
	static const char *const names[] = {
		[SPACE_SHARED] = "shared", [SPACE_LOCAL] = "local", [SPACE_GLOBAL] = "global",
	};
	const struct ptx_instr *source = w->current->function->source[in - w->current->function->code];
	char who[OBSERVE_TEXT], where[OBSERVE_TEXT];

	if ((access->kind != ACCESS_LOAD && access->kind != ACCESS_ATOMIC) || access->bytes < 4)
		return;
	EACH_ACTIVE(i, mask) {
		uint64_t address = access_address(w, in, access, i);
		const unsigned char *at = find(w, in, access, i, address);

		if (!at || !is_unwritten(at, access->bytes) ||
		    !observe_new(w->cta->job->observer, "init", source, NULL))
			continue;
		log_error("kernel %s: read of %s memory that nobody wrote, 0x%llx, by %s, %s",
			  w->cta->job->entry->name, names[access->space], (unsigned long long)address,
			  observe_thread(w->cta, w->index * LANES + i, who),
			  observe_source(source, where));
	}
}
