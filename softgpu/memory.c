/* SPDX-License-Identifier: MIT */
/*
 * memory.c - device memory, and host memory that the device may use
 *
 * The device's memory is one reserved range of host address space, so a device address
 * is a host address and "is this on the device" is one compare.  The range is twice the size
 * of the memory: address space costs nothing, and with room to spare an allocation that
 * fits by size never fails because of holes.  Pages become accessible as allocations
 * first reach them (a watermark) and stay so; freed pages are given back to the host and
 * read as zeros, so a kernel that races with a free is wrong but does not end the process.
 *
 * Two trees of ranges: `arena` cuts up the reserved range, free pieces included;
 * `host` holds pinned and registered ranges, which lie anywhere.  Between two blocks of
 * the arena one granule stays unused, so that running over the end is an illegal address and
 * not the neighbour's data.
 */
#include "softgpu/memory.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "softgpu/device.h"
#include "softgpu/memfd.h"
#include "softgpu/range.h"

#define PAGE		((uint64_t)MEMORY_PAGE)

/* Kinds that are freed with what they belong to: a module, a heap, an array's handle */
#define OWNED_KINDS	(1u << MEMORY_VARIABLE | 1u << MEMORY_MANAGED_VARIABLE | \
			 1u << MEMORY_HEAP | 1u << MEMORY_ARRAY)

#define WATERMARK_STEP	((uint64_t)16 << 20)
#define ARENA_ALIGN	((uint64_t)2 << 20)
#define ARENA_HINT	((void *)0x7e9000000000)	/* application memory for TSan, too */

/**
 * struct block - a range, and what it is when it is used
 * @claimed:	see memory_claim()
 * @shared:	its pages are those of @file; see memory_share()
 */
struct block {
	struct range range;	/* base, and size rounded up with the gap */
	bool claimed;
	bool shared;
	int file;
	struct memory_block is;
};

static struct {
	pthread_rwlock_t lock;		/* everything below; a leaf, nothing is called with it */
	struct range_tree arena, host;
	uint64_t base, span, watermark;	/* of the arena; base and span never change */
	uint64_t total;			/* of all devices; never changes */
	unsigned long long last_id;
} memory = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static struct block *block_new(uint64_t base, uint64_t size, bool is_free)
{
	struct block *block = calloc(1, sizeof(*block));

	if (block) {
		block->range.base = base;
		block->range.size = size;
		block->range.free = is_free;
	}
	return block;
}

static struct block *block_of(struct range *range)
{
	return range ? CONTAINER_OF(range, struct block, range) : NULL;
}

/*
 * Address space for the arena, far from where Linux puts what a program maps: a
 * process that shares its memory with ours wants it at its own addresses here.
 */
static void *arena_reserve(uint64_t span)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *at = mmap(ARENA_HINT, span, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);

	return at == MAP_FAILED ? mmap(NULL, span, PROT_NONE, flags, -1, 0) : at;
}

CUresult memory_init(uint64_t bytes)
{
	uint64_t span = round_up(2 * bytes + ARENA_ALIGN, ARENA_ALIGN);
	struct block *block;
	void *at;

	at = arena_reserve(span);
	if (at == MAP_FAILED)
		return CUDA_ERROR_OUT_OF_MEMORY;
	madvise(at, span, MADV_DONTFORK);
	memory.base = round_up((uint64_t)(uintptr_t)at, ARENA_ALIGN);
	memory.span = span - ARENA_ALIGN;
	memory.watermark = memory.base;
	memory.total = bytes;
	block = block_new(memory.base, memory.span, true);
	if (!block) {
		munmap(at, span);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	range_insert(&memory.arena, &block->range);
	return CUDA_SUCCESS;
}

/* reach() - make everything below @end accessible; under the lock */
static bool reach(uint64_t end)
{
	uint64_t step = round_up(end, PAGE);

	if (end <= memory.watermark)
		return true;
	if (memory.base + memory.span - step > WATERMARK_STEP)
		step = round_up(step, WATERMARK_STEP);
	if (mprotect(memory_pointer(memory.watermark), step - memory.watermark,
		     PROT_READ | PROT_WRITE))
		return false;
	memory.watermark = step;
	return true;
}

/*
 * carve() - cut [base, base + size) out of a free range; under the lock
 *
 * The range keeps its tail, @head (when the cut is not at its start) its head, and @block is
 * what is between.  Nothing can fail here: the nodes were allocated before.
 */
static bool carve(struct range *range, struct block *block, uint64_t base, uint64_t size,
		  struct block *head)
{
	uint64_t end = range->base + range->size;
	bool head_used = base > range->base;

	range_remove(&memory.arena, range);
	if (head_used) {
		head->range.base = range->base;
		head->range.size = base - range->base;
		range_insert(&memory.arena, &head->range);
	}
	range->base = base + size;
	range->size = end - range->base;
	if (range->size)
		range_insert(&memory.arena, range);
	else
		free(block_of(range));
	block->range.base = base;
	block->range.size = size;
	range_insert(&memory.arena, &block->range);
	return head_used;
}

/* place() - find room and take it; under the lock.  False: none, or no pages */
static bool place(struct device *device, struct block *block, uint64_t size, uint64_t align,
		  struct block **head)
{
	uint64_t slack = align > MEMORY_ALIGN ? align - MEMORY_ALIGN : 0;
	struct range *range;
	uint64_t base;

	if (size > device->memory_bytes - device->memory_used)
		return false;
	range = range_fit(&memory.arena, size + slack);
	if (!range)
		return false;
	base = round_up(range->base, align);
	if (!reach(base + size))
		return false;
	if (carve(range, block, base, size, *head))
		*head = NULL;
	device->memory_used += size;
	return true;
}

CUresult memory_alloc(struct memory_block *wanted, uint64_t align)
{
	uint64_t size;
	struct block *block, *head;
	bool placed = false;

	uint64_t most = wanted->device->memory_bytes;

	if (wanted->size > most || align > most)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (align < MEMORY_ALIGN)
		align = MEMORY_ALIGN;
	/* The whole of the memory may be one block, which then has no gap to spare. */
	size = round_up(wanted->size, MEMORY_ALIGN);
	if (size + MEMORY_ALIGN <= most && size == wanted->size)
		size += MEMORY_ALIGN;
	if (align >= PAGE && round_up(size, PAGE) <= most)
		size = round_up(size, PAGE);
	block = block_new(0, 0, false);
	head = block_new(0, 0, true);
	if (block && head) {
		pthread_rwlock_wrlock(&memory.lock);
		placed = place(wanted->device, block, size, align, &head);
		if (placed) {
			wanted->base = block->range.base;
			wanted->id = ++memory.last_id;
			block->is = *wanted;
		}
		pthread_rwlock_unlock(&memory.lock);
	}
	free(head);
	if (!placed)
		free(block);
	return placed ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

/* discard() - give the pages of a freed range back to the host, and zero what is left over */
static void discard(uint64_t base, uint64_t size)
{
	uint64_t first = round_up(base, PAGE), last = (base + size) & ~(PAGE - 1);

	if (first >= last) {
		memset(memory_pointer(base), 0, size);
		return;
	}
	memset(memory_pointer(base), 0, first - base);
	madvise(memory_pointer(first), last - first, MADV_DONTNEED);
	memset(memory_pointer(last), 0, base + size - last);
}

/* make_private() - give the range memory of its own again; other processes keep the file */
static void make_private(struct block *block)
{
	void *at = memory_pointer(block->range.base);

	if (mmap(at, block->range.size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		munmap(at, block->range.size);
	close(block->file);
	block->shared = false;
}

/* absorb() - make @range one with the free range @other that follows or precedes it */
static void absorb(struct range *range, struct range *other)
{
	if (!other || !other->free)
		return;
	range_remove(&memory.arena, other);
	range_remove(&memory.arena, range);
	if (other->base < range->base)
		range->base = other->base;
	range->size += other->size;
	range_insert(&memory.arena, range);
	free(block_of(other));
}

/* arena_release() - under the lock */
static void arena_release(struct block *block)
{
	struct range *range = &block->range;

	if (block->shared)
		make_private(block);
	else
		discard(range->base, range->size);
	block->is.device->memory_used -= range->size;
	memset(&block->is, 0, sizeof(block->is));
	block->claimed = false;
	range->free = true;
	range_update(&memory.arena, range);
	absorb(range, range_at(&memory.arena, range->base + range->size));
	absorb(range, range_at(&memory.arena, range->base - 1));
}

/* Outside of the arena: is the mapping ours, to be undone with the block? */
static bool is_mapped_here(enum memory_kind kind)
{
	return kind == MEMORY_HOST || kind == MEMORY_IPC || kind == MEMORY_POOL;
}

/* host_release() - under the lock */
static void host_release(struct block *block)
{
	range_remove(&memory.host, &block->range);
	if (is_mapped_here(block->is.kind))
		munmap(memory_pointer(block->range.base), block->range.size);
	free(block);
}

static bool in_arena(uint64_t address)
{
	return address - memory.base < memory.span;
}

/* differs() - is there a registration in [base, base + size) that says otherwise whether the device only reads? */
static bool differs(const struct memory_block *wanted, uint64_t base, uint64_t size)
{
	struct range *range = size ? range_at(&memory.host, base) : NULL;

	if (size && !range)
		range = range_next(&memory.host, base);
	return range && range->base < base + size && block_of(range)->is.kind == MEMORY_REGISTERED &&
	       (block_of(range)->is.flags ^ wanted->flags) & CU_MEMHOSTREGISTER_READ_ONLY;
}

/* page_differs() - the same, in the pages that @wanted begins and ends in; under the lock */
static bool page_differs(const struct memory_block *wanted)
{
	uint64_t before = wanted->base & (PAGE - 1), end = wanted->base + wanted->size;

	return wanted->kind == MEMORY_REGISTERED &&
	       (differs(wanted, wanted->base - before, before) || differs(wanted, end, -end & (PAGE - 1)));
}

static CUresult host_insert(struct memory_block *wanted, uint64_t size)
{
	struct block *block = block_new(wanted->base, size, false);
	CUresult result = CUDA_SUCCESS;

	if (!block)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pthread_rwlock_wrlock(&memory.lock);
	if (range_overlaps(&memory.host, wanted->base, size)) {
		result = CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	} else if (page_differs(wanted)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		wanted->id = ++memory.last_id;
		block->is = *wanted;
		range_insert(&memory.host, &block->range);
	}
	pthread_rwlock_unlock(&memory.lock);
	if (result)
		free(block);
	return result;
}

CUresult memory_host_alloc(struct memory_block *wanted)
{
	uint64_t size = round_up(wanted->size, PAGE);
	CUresult result;
	void *at;

	if (size < wanted->size)
		return CUDA_ERROR_OUT_OF_MEMORY;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return CUDA_ERROR_OUT_OF_MEMORY;
	wanted->base = (uint64_t)(uintptr_t)at;
	result = host_insert(wanted, size);
	if (result)
		munmap(at, size);
	return result;
}

CUresult memory_register(struct memory_block *wanted)
{
	bool pages = is_mapped_here(wanted->kind);

	return host_insert(wanted, pages ? round_up(wanted->size, PAGE) : wanted->size);
}

/* lookup() - under the lock, either way */
static struct block *lookup(uint64_t address)
{
	struct block *block;

	if (!in_arena(address))
		return block_of(range_at(&memory.host, address));
	block = block_of(range_at(&memory.arena, address));
	return block && !block->range.free ? block : NULL;
}

/* find_block() - the block of one of these kinds that begins at @base; under the lock */
static struct block *find_block(uint64_t base, unsigned int kinds)
{
	struct block *block = lookup(base);

	return block && block->is.base == base && kinds >> block->is.kind & 1 ? block : NULL;
}

bool memory_claim(uint64_t base, unsigned int kinds)
{
	struct block *block;
	bool mine;

	pthread_rwlock_wrlock(&memory.lock);
	block = find_block(base, kinds);
	mine = block && !block->claimed;
	if (mine)
		block->claimed = true;
	pthread_rwlock_unlock(&memory.lock);
	return mine;
}

bool memory_free(uint64_t base, unsigned int kinds)
{
	struct block *block;
	bool found;

	pthread_rwlock_wrlock(&memory.lock);
	block = find_block(base, kinds);
	found = block != NULL;
	if (found && in_arena(base))
		arena_release(block);
	else if (found)
		host_release(block);
	pthread_rwlock_unlock(&memory.lock);
	return found;
}

/* next_of() - the first block at or above @address that belongs to @context; under the lock */
static struct block *next_of(struct range_tree *tree, uint64_t address,
			     const struct context *context)
{
	struct range *range = range_next(tree, address);

	while (range && (range->free || block_of(range)->is.context != context ||
			 OWNED_KINDS >> block_of(range)->is.kind & 1))
		range = range_next(tree, range->base + 1);
	return block_of(range);
}

void memory_free_all(const struct context *context)
{
	struct block *block;
	uint64_t next = 0;

	pthread_rwlock_wrlock(&memory.lock);
	while ((block = next_of(&memory.arena, next, context))) {
		next = block->range.base + block->range.size;
		arena_release(block);
	}
	next = 0;
	while ((block = next_of(&memory.host, next, context))) {
		next = block->range.base + block->range.size;
		host_release(block);
	}
	pthread_rwlock_unlock(&memory.lock);
}

bool memory_share(uint64_t base, unsigned int kinds)
{
	struct block *block;
	bool done;

	pthread_rwlock_wrlock(&memory.lock);
	block = in_arena(base) ? find_block(base, kinds) : NULL;
	if (block && !block->shared && (block->range.base | block->range.size) % PAGE == 0) {
		block->file = memfd_take_over(memory_pointer(base), block->range.size);
		block->shared = block->file >= 0;
	}
	done = block && block->shared;
	pthread_rwlock_unlock(&memory.lock);
	return done;
}

int memory_file(uint64_t base, unsigned long long id)
{
	struct block *block;
	int file = -1;

	pthread_rwlock_rdlock(&memory.lock);
	block = lookup(base);
	if (block && block->is.base == base && block->is.id == id && block->shared)
		file = fcntl(block->file, F_DUPFD_CLOEXEC, 0);
	pthread_rwlock_unlock(&memory.lock);
	return file;
}

bool memory_find(uint64_t address, struct memory_block *copy)
{
	struct block *block;
	bool found;

	pthread_rwlock_rdlock(&memory.lock);
	block = lookup(address);
	found = block && address - block->is.base < block->is.size;
	if (found)
		*copy = block->is;
	pthread_rwlock_unlock(&memory.lock);
	return found;
}

bool memory_covers(uint64_t address, uint64_t size)
{
	struct memory_block block;
	uint64_t left;

	while (memory_find(address, &block)) {
		left = block.size - (address - block.base);
		if (size <= left)
			return true;
		if (block.kind != MEMORY_MAPPED)
			return false;
		address += left;
		size -= left;
	}
	return false;
}

bool memory_host_valid(const void *pointer, uint64_t size)
{
	uint64_t address = (uint64_t)(uintptr_t)pointer, end;

	if (!pointer || __builtin_add_overflow(address, size, &end))
		return false;
	if (in_arena(address) || memory.base - address < size)
		return memory_covers(address, size);
	return true;
}

void memory_set_sync_memops(uint64_t address, bool on)
{
	struct block *block;

	pthread_rwlock_wrlock(&memory.lock);
	block = lookup(address);
	if (block)
		block->is.sync_memops = on;
	pthread_rwlock_unlock(&memory.lock);
}

void memory_set_access(uint64_t base, unsigned int access)
{
	struct block *block;

	pthread_rwlock_wrlock(&memory.lock);
	block = find_block(base, 1u << MEMORY_MAPPED);
	if (block)
		block->is.access = access;
	pthread_rwlock_unlock(&memory.lock);
}

bool memory_charge(struct device *device, uint64_t bytes)
{
	bool fits;

	pthread_rwlock_wrlock(&memory.lock);
	fits = bytes <= device->memory_bytes - device->memory_used;
	if (fits)
		device->memory_used += bytes;
	pthread_rwlock_unlock(&memory.lock);
	return fits;
}

void memory_uncharge(struct device *device, uint64_t bytes)
{
	pthread_rwlock_wrlock(&memory.lock);
	device->memory_used -= bytes;
	pthread_rwlock_unlock(&memory.lock);
}

void memory_info(const struct device *device, uint64_t *free_bytes, uint64_t *total_bytes)
{
	pthread_rwlock_rdlock(&memory.lock);
	*free_bytes = device->memory_bytes - device->memory_used;
	*total_bytes = device->memory_bytes;
	pthread_rwlock_unlock(&memory.lock);
}
