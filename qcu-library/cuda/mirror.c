/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A __managed__ variable has one address in the program and in its kernels.  The
 * host's driver puts it where it likes, in memory of the worker's that nothing of
 * the guest can be mapped over.  So this process has memory of its own at that
 * address, a mirror, and CUDA's rule for devices without concurrent managed access
 * says when the two must agree: the host may touch managed memory only while the
 * device is idle.
 *
 *	before the device is given work		what this process has changed is sent
 *	after a wait for the device		what the device has changed is fetched
 *
 * What was the same on both sides last is kept in a twin.  A byte that differs
 * from its twin here was written here, and one that differs there was written
 * there; only those are moved, so a variable that one stream's kernels use may be
 * fetched while this process writes another.
 *
 * The copies go by a stream of their own, which waits for no other.  A variable is
 * copied whole, at every wait after work: right for the counters and flags that
 * __managed__ is used for, dear for megabytes.  cuMemAllocManaged() costs no
 * copies (managed.c).
 *
 * Rejected: memory of the guest under the variable (the host's driver chooses its
 * address when it loads the module); fetching at the first touch (a signal handler,
 * or userfaultfd, in every program).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/mirror.h"
#include "qcu-library/cuda/remote.h"

#define PIECE	((size_t)16 << 10)	/* bytes a command carries */

struct mirror {
	struct mirror *next;
	uint64_t address;
	size_t bytes;
	uint8_t *twin, *fetched;
};

_Atomic unsigned int mirrors;

/* Guards all below; held over the calls that move contents. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mirror *list;
static uint64_t stream, stream_context;	/* handles: the stream of the copies, and where it is */
static bool worked;			/* the device may have written since the last fetch */

static CUresult ready_stream(void)
{
	uint64_t context = context_current();
	CUstream made;
	CUresult rc;

	if (stream && stream_context == context && handle_is(KIND_CUstream, stream))
		return CUDA_SUCCESS;
	rc = context ? cuStreamCreate(&made, CU_STREAM_NON_BLOCKING) : CUDA_ERROR_INVALID_CONTEXT;
	if (rc != CUDA_SUCCESS)
		return rc;
	if (handle_is(KIND_CUstream, stream))
		cuStreamDestroy_v2((CUstream)stream);
	stream = (uint64_t)made;
	stream_context = context;
	return CUDA_SUCCESS;
}

static CUresult fetch(const struct mirror *mirror)
{
	CUresult rc = ready_stream();

	for (size_t at = 0, n; rc == CUDA_SUCCESS && at < mirror->bytes; at += n) {
		n = mirror->bytes - at < PIECE ? mirror->bytes - at : PIECE;
		rc = send_read_inline_async(mirror->address + at, (CUstream)stream, n,
					    mirror->fetched + at);
	}
	return rc;
}

/* Send [at, end) of a mirror, and note that it is the same on both sides now. */
static CUresult send_part(const struct mirror *mirror, size_t at, size_t end)
{
	const uint8_t *here = POINTER(mirror->address);
	CUresult rc = ready_stream();

	for (size_t n; rc == CUDA_SUCCESS && at < end; at += n) {
		n = end - at < PIECE ? end - at : PIECE;
		memcpy(mirror->twin + at, here + at, n);
		rc = send_write_inline_async(mirror->address + at, (CUstream)stream, n,
					     mirror->twin + at);
	}
	return rc;
}

/* Send what was written here; *sent if there was any. */
static CUresult push_one(const struct mirror *mirror, bool *sent)
{
	const uint8_t *here = POINTER(mirror->address), *twin = mirror->twin;
	CUresult rc = CUDA_SUCCESS;
	size_t at = 0, end;

	if (!memcmp(here, twin, mirror->bytes))
		return CUDA_SUCCESS;
	while (rc == CUDA_SUCCESS && at < mirror->bytes) {
		if (here[at] == twin[at]) {
			at++;
			continue;
		}
		for (end = at; end < mirror->bytes && here[end] != twin[end]; end++)
			;
		rc = send_part(mirror, at, end);
		*sent = true;
		at = end;
	}
	return rc;
}

/* Take over what was written there. */
static void merge(const struct mirror *mirror)
{
	uint8_t *here = POINTER(mirror->address);

	for (size_t i = 0; i < mirror->bytes; i++)
		if (mirror->fetched[i] != mirror->twin[i])
			here[i] = mirror->twin[i] = mirror->fetched[i];
}

/* Errors show in the program's own calls: whatever fails here fails there, too. */
void mirror_push(void)
{
	bool sent = false;

	/* What a stream captures is no work yet, and CUDA lets a copy break a capture. */
	if (remote_unasked || capture_is_on())
		return;
	remote_unasked = true;
	pthread_mutex_lock(&lock);
	for (struct mirror *mirror = list; mirror; mirror = mirror->next)
		push_one(mirror, &sent);
	if (sent)
		cuStreamSynchronize((CUstream)stream);
	worked = true;
	pthread_mutex_unlock(&lock);
	remote_unasked = false;
}

void mirror_pull(void)
{
	if (remote_unasked || capture_is_on())
		return;
	remote_unasked = true;
	pthread_mutex_lock(&lock);
	if (worked) {
		worked = false;
		for (struct mirror *mirror = list; mirror; mirror = mirror->next) {
			if (fetch(mirror) == CUDA_SUCCESS)
				merge(mirror);
			else
				worked = true;
		}
	}
	pthread_mutex_unlock(&lock);
	remote_unasked = false;
}

/* Memory, where addresses were reserved; by the page, which variables may share */
static bool open_pages(uint64_t address, size_t bytes)
{
	const uint64_t mask = ~(uint64_t)(PAGE_BYTES - 1);
	uint64_t start = address & mask, end = (address + bytes + PAGE_BYTES - 1) & mask;

	return !mprotect(POINTER(start), end - start, PROT_READ | PROT_WRITE);
}

static void destroy(struct mirror *mirror)
{
	free(mirror->twin);
	free(mirror->fetched);
	free(mirror);
}

static struct mirror *create(uint64_t address, size_t bytes)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (!mirror)
		return NULL;
	mirror->address = address;
	mirror->bytes = bytes;
	mirror->twin = malloc(bytes);
	mirror->fetched = malloc(bytes);
	if (mirror->twin && mirror->fetched && open_pages(address, bytes))
		return mirror;
	destroy(mirror);
	return NULL;
}

static struct mirror **find(uint64_t address)
{
	struct mirror **at = &list;

	while (*at && (*at)->address != address)
		at = &(*at)->next;
	return at;
}

/* Called with the lock held. */
static CUresult add(uint64_t address, size_t bytes)
{
	struct mirror *mirror;
	CUresult rc;

	if (*find(address))
		return CUDA_SUCCESS;
	mirror = create(address, bytes);
	if (!mirror)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = fetch(mirror);
	if (rc != CUDA_SUCCESS) {
		destroy(mirror);
		return rc;
	}
	memcpy(mirror->twin, mirror->fetched, bytes);
	memcpy(POINTER(address), mirror->fetched, bytes);
	mirror->next = list;
	list = mirror;
	mirrors++;
	return CUDA_SUCCESS;
}

CUresult mirror_add(CUdeviceptr address, size_t bytes)
{
	bool was = remote_unasked;
	CUresult rc;

	remote_unasked = true;
	pthread_mutex_lock(&lock);
	rc = add(address, bytes);
	pthread_mutex_unlock(&lock);
	remote_unasked = was;
	return rc;
}

void mirror_drop(CUdeviceptr address)
{
	struct mirror **at, *mirror;

	pthread_mutex_lock(&lock);
	at = find(address);
	mirror = *at;
	if (mirror) {
		*at = mirror->next;
		destroy(mirror);
		mirrors--;
	}
	pthread_mutex_unlock(&lock);
}
