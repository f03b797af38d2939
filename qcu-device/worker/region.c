/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/region.h"
#include "qcu-device/worker/space.h"

#define PAGE_MASK	4095ull
#define LENGTH_MAX	(1ull << 46)	/* half of what a process can address */

/*
 * struct region
 * @known: bytes that are mapped; region_get() gives the region once it is all
 * @users: holders; @channels of them are running channels
 */
struct region {
	uint8_t *base;
	uint64_t length;
	uint64_t vaddr;
	uint64_t known;
	unsigned users;
	unsigned channels;
};

/* Under @lock: the table and the counts.  @base and @length do not change. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t unused = PTHREAD_COND_INITIALIZER;
static struct region *regions[QCUDA_MAX_REGIONS];
static unsigned int runs;	/* spans under way that run on into regions they do not name */

static struct region *region_find(uint32_t id)
{
	return id < QCUDA_MAX_REGIONS ? regions[id] : NULL;
}

static void region_hold(struct region *region, struct region_ref *ref)
{
	region->users++;
	*ref = (struct region_ref){ region->base, region->length, region->vaddr, region };
}

bool region_get(uint32_t id, struct region_ref *ref)
{
	struct region *region;
	bool whole;

	pthread_mutex_lock(&lock);
	region = region_find(id);
	whole = region && region->known == region->length;
	if (whole)
		region_hold(region, ref);
	pthread_mutex_unlock(&lock);
	return whole;
}

/* The whole region with the byte at @address, or NULL.  Called with the lock held. */
static struct region *region_at(const uint8_t *address)
{
	for (uint32_t id = 0; id < QCUDA_MAX_REGIONS; id++) {
		struct region *region = regions[id];

		if (region && region->known == region->length && address >= region->base &&
		    address < region->base + region->length)
			return region;
	}
	return NULL;
}

bool region_run_get(const struct region_ref *ref, uint64_t end)
{
	const uint8_t *at = (uint8_t *)ref->base + ref->length;
	uint64_t left = end - ref->length, vaddr = ref->vaddr + ref->length;
	struct region *next = NULL;

	pthread_mutex_lock(&lock);
	/* What lies behind by chance, and not in the guest, is something else. */
	while (left && (next = region_at(at)) && next->base == at && next->vaddr == vaddr) {
		left -= left < next->length ? left : next->length;
		at += next->length;
		vaddr += next->length;
	}
	if (!left)
		runs++;
	pthread_mutex_unlock(&lock);
	return !left;
}

void region_run_put(void)
{
	pthread_mutex_lock(&lock);
	if (!--runs)
		pthread_cond_broadcast(&unused);
	pthread_mutex_unlock(&lock);
}

bool region_vaddr(const void *address, uint64_t *vaddr)
{
	struct region *region;

	pthread_mutex_lock(&lock);
	region = region_at(address);
	if (region)
		*vaddr = region->vaddr + (uint64_t)((uint8_t *)address - region->base);
	pthread_mutex_unlock(&lock);
	return region;
}

void region_put(struct region_ref *ref)
{
	pthread_mutex_lock(&lock);
	if (!--ref->region->users)
		pthread_cond_broadcast(&unused);
	pthread_mutex_unlock(&lock);
}

bool region_get_for_channel(uint32_t id, struct region_ref *ref)
{
	if (!region_get(id, ref))
		return false;
	pthread_mutex_lock(&lock);
	ref->region->channels++;
	pthread_mutex_unlock(&lock);
	return true;
}

void region_put_for_channel(struct region_ref *ref)
{
	pthread_mutex_lock(&lock);
	ref->region->channels--;
	pthread_mutex_unlock(&lock);
	region_put(ref);
}

static struct region *region_create(const struct qcuda_region_add *add)
{
	struct region *region = calloc(1, sizeof(*region));

	if (!region)
		return NULL;
	region->base = space_take(add->vaddr, add->length);
	if (!region->base) {
		free(region);
		return NULL;
	}
	region->length = add->length;
	region->vaddr = add->vaddr;
	return region;
}

static void region_destroy(struct region *region)
{
	space_give(region->base, region->length);
	free(region);
}

/* Neighbouring pieces of one file become one mapping: the kernel allows only so many. */
struct piece {
	int fd;
	uint64_t offset;
	uint64_t length;
};

static enum qcuda_status piece_map(struct region *region, struct piece *piece)
{
	void *at = region->base + region->known;

	if (!piece->length)
		return QCUDA_OK;
	if (mmap(at, piece->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, piece->fd,
		 piece->offset) == MAP_FAILED) {
		log_warn("cannot map %llu bytes of a region: %m",
			 (unsigned long long)piece->length);
		return QCUDA_ERR_NO_MEMORY;
	}
	region->known += piece->length;
	piece->length = 0;
	return QCUDA_OK;
}

static enum qcuda_status piece_append(struct region *region, struct piece *piece, int fd,
				      uint64_t offset, uint64_t length)
{
	enum qcuda_status status;

	if (piece->length && piece->fd == fd && piece->offset + piece->length == offset) {
		piece->length += length;
		return QCUDA_OK;
	}
	status = piece_map(region, piece);
	*piece = (struct piece){ fd, offset, length };
	return status;
}

/* One extent may lie in several ranges of guest memory, one after another. */
static enum qcuda_status extent_map(struct region *region, struct piece *piece,
				    const struct qcuda_extent *extent,
				    const struct guest_memory *memory)
{
	uint64_t gpa = extent->gpa, left = extent->length;

	if (!left || ((gpa | left) & PAGE_MASK) ||
	    left > region->length - region->known - piece->length)
		return QCUDA_ERR_RANGE;
	while (left) {
		const struct guest_range *range = guest_memory_find(memory, gpa);
		enum qcuda_status status;
		uint64_t run;

		if (!range)
			return QCUDA_ERR_RANGE;
		run = range->size - (gpa - range->gpa);
		if (run > left)
			run = left;
		status = piece_append(region, piece, range->fd, range->offset + (gpa - range->gpa),
				      run);
		if (status != QCUDA_OK)
			return status;
		gpa += run;
		left -= run;
	}
	return QCUDA_OK;
}

static enum qcuda_status extents_map(struct region *region, const struct qcuda_extent *extents,
				     uint32_t n, const struct guest_memory *memory)
{
	struct piece piece = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		enum qcuda_status status = extent_map(region, &piece, &extents[i], memory);

		if (status != QCUDA_OK)
			return status;
	}
	return piece_map(region, &piece);
}

static enum qcuda_status region_check(const struct qcuda_region_add *add)
{
	if (add->region >= QCUDA_MAX_REGIONS)
		return QCUDA_ERR_ID;
	if (!add->length || ((add->vaddr | add->length) & PAGE_MASK) || add->length > LENGTH_MAX)
		return QCUDA_ERR_RANGE;
	return QCUDA_OK;
}

static void region_publish(uint32_t id, struct region *region)
{
	pthread_mutex_lock(&lock);
	regions[id] = region;
	pthread_mutex_unlock(&lock);
}

/* The region that a message is about: a new one, or one that is not whole yet. */
static enum qcuda_status region_begin(const struct qcuda_region_add *add, bool more,
				      struct region **region)
{
	enum qcuda_status status = region_check(add);

	if (status != QCUDA_OK)
		return status;
	/* Unlocked: only this thread changes the table. */
	*region = regions[add->region];
	if (more) {
		if (!*region || (*region)->known == (*region)->length)
			return QCUDA_ERR_ID;
		return (*region)->length == add->length && (*region)->vaddr == add->vaddr ?
			       QCUDA_OK :
			       QCUDA_ERR_PROTOCOL;
	}
	if (*region)
		return QCUDA_ERR_ID;
	*region = region_create(add);
	return *region ? QCUDA_OK : QCUDA_ERR_NO_MEMORY;
}

enum qcuda_status region_add(const struct qcuda_region_add *add, const struct qcuda_extent *extents,
			     const struct guest_memory *memory, bool more, uint64_t *known)
{
	struct region *region;
	enum qcuda_status status = region_begin(add, more, &region);

	if (status == QCUDA_ERR_PROTOCOL) /* an unfinished region, continued wrongly */
		goto err_undo;
	if (status != QCUDA_OK)
		return status;
	/* Out of the table while it changes: region_get() reads @known. */
	region_publish(add->region, NULL);
	status = extents_map(region, extents, add->n_extents, memory);
	if (status != QCUDA_OK)
		goto err_undo;
	*known = region->known;
	region_publish(add->region, region);
	return QCUDA_OK;

err_undo:
	region_publish(add->region, NULL);
	region_destroy(region);
	return status;
}

/*
 * The file comes from a process that may be hostile.  Bytes past its end would
 * be SIGBUS for us, so it must have the length and be sealed against losing it.
 */
static bool file_is_safe(int fd, uint64_t length)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
		log_warn("a region was refused: its memfd must be sealed with F_SEAL_SHRINK");
		return false;
	}
	return !fstat(fd, &st) && (uint64_t)st.st_size >= length;
}

enum qcuda_status region_add_file(const struct qcuda_region_add *add, int fd)
{
	struct piece piece = { fd, 0, add->length };
	struct region *region;
	enum qcuda_status status;

	if (region_check(add) == QCUDA_OK && !file_is_safe(fd, add->length))
		return QCUDA_ERR_RANGE;
	status = region_begin(add, false, &region);
	if (status != QCUDA_OK)
		return status;
	status = piece_map(region, &piece);
	if (status != QCUDA_OK) {
		region_destroy(region);
		return status;
	}
	region_publish(add->region, region);
	return QCUDA_OK;
}

enum qcuda_status region_delete(uint32_t id, struct region **gone)
{
	struct region *region;
	enum qcuda_status status = QCUDA_ERR_ID;

	pthread_mutex_lock(&lock);
	region = region_find(id);
	if (region && !region->channels) {
		regions[id] = NULL;
		*gone = region;
		status = QCUDA_OK;
	}
	pthread_mutex_unlock(&lock);
	return status;
}

void region_finish(struct region *region)
{
	bool was_whole;

	pthread_mutex_lock(&lock);
	while (region->users || runs)
		pthread_cond_wait(&unused, &lock);
	was_whole = region->known == region->length;
	pthread_mutex_unlock(&lock);
	if (was_whole)
		dispatch_region_gone(region->base, region->length);
	region_destroy(region);
}
