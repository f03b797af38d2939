/* SPDX-License-Identifier: MIT */
/*
 * memo.c - a small table from questions to answers
 *
 * A question is the row and the bytes of what goes to the host, an answer the bytes
 * that come back.  A handle's name is never given twice, so an answer cannot be taken
 * for another object's.  Whatever may change an answer starts a new epoch, in which
 * no earlier answer counts; so does the death of a context.  Of questions that fall
 * on the same place the latest is remembered.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/memo.h"
#include "qcu-library/cuda/options.h"

#define PLACES		1024u
#define ANSWER_WORDS	2

struct place {
	struct memo memo;
	uint64_t answer[ANSWER_WORDS];
};

/* Guards the places. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct place places[PLACES];
static _Atomic uint64_t changes;

/* Not cuStreamGetId: each thread's own default stream, one and the same handle, has its own. */
bool memo_is_constant(enum call_id id)
{
	switch (id) {
	case CALL_cuDeviceCanAccessPeer:
	case CALL_cuDeviceGetP2PAttribute:
	case CALL_cuDeviceGetTexture1DLinearMaxWidth:
	case CALL_cuCtxGetId:
	case CALL_cuCtxGetApiVersion:
	case CALL_cuCtxGetStreamPriorityRange:
	case CALL_cuStreamGetFlags:
	case CALL_cuStreamGetDevice:
	case CALL_cuFuncGetAttribute:
	case CALL_cuKernelGetAttribute:
	case CALL_cuOccupancyMaxActiveBlocksPerMultiprocessor:
	case CALL_cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags:
	case CALL_cuOccupancyAvailableDynamicSMemPerBlock:
		return true;
	default:
		return false;
	}
}

void memo_note(enum call_id id)
{
	switch (id) {
	case CALL_cuFuncSetAttribute:
	case CALL_cuKernelSetAttribute:
	case CALL_cuFuncSetCacheConfig:
	case CALL_cuKernelSetCacheConfig:
	case CALL_cuFuncSetSharedMemConfig:
	case CALL_cuFuncLoad:
	case CALL_cuCtxSetCacheConfig:
	case CALL_cuCtxSetSharedMemConfig:
	case CALL_cuCtxSetLimit:
		atomic_fetch_add_explicit(&changes, 1, memory_order_acq_rel);
		break;
	default:
		break;
	}
}

/* Both only grow, so their sum is another after any change. */
static uint64_t epoch_now(void)
{
	return context_epoch() + atomic_load_explicit(&changes, memory_order_acquire);
}

/* False if the question does not fit, or wants no answer. */
static bool ask(struct memo *memo, enum call_id id, const struct arg *argv)
{
	const struct call *call = call_find(id);
	unsigned int at = 2, answers = 0;

	memset(memo, 0, sizeof(*memo));
	memo->epoch = epoch_now();
	memo->key[0] = id;
	memo->key[1] = context_current();
	for (int i = 0; i < call->n_params; i++) {
		if (argv[i].n > sizeof(uint64_t))
			return false;
		if (word_is_out(call->params[i].word)) {
			if (++answers > ANSWER_WORDS)
				return false;
		} else if (at < MEMO_KEY_WORDS) {
			memcpy(&memo->key[at++], argv[i].p, argv[i].n);
		} else {
			return false;
		}
	}
	memo->call = answers ? call : NULL;
	return answers;
}

static struct place *place_of(const struct memo *memo)
{
	uint64_t hash = 0;

	for (int i = 0; i < MEMO_KEY_WORDS; i++)
		hash = (hash ^ memo->key[i]) * 0x9e3779b97f4a7c15u;
	return &places[(hash >> 32) % PLACES];
}

bool memo_recall(struct memo *memo, enum call_id id, const struct arg *argv)
{
	struct place *place;
	int answers = 0;
	bool known;

	if (option_set(NO_MEMO) ||
	    context_lost(context_current()) != CUDA_SUCCESS)
		return false;
	if (!ask(memo, id, argv))
		return false;
	place = place_of(memo);
	pthread_mutex_lock(&lock);
	known = place->memo.call && place->memo.epoch == memo->epoch &&
		!memcmp(place->memo.key, memo->key, sizeof(memo->key));
	for (int i = 0; known && i < memo->call->n_params; i++)
		if (word_is_out(memo->call->params[i].word))
			memcpy(argv[i].p, &place->answer[answers++], argv[i].n);
	pthread_mutex_unlock(&lock);
	return known;
}

void memo_keep(const struct memo *memo, const struct arg *argv)
{
	struct place *place;
	int answers = 0;

	if (!memo->call || memo->epoch != epoch_now())
		return;
	place = place_of(memo);
	pthread_mutex_lock(&lock);
	place->memo = *memo;
	for (int i = 0; i < memo->call->n_params; i++)
		if (word_is_out(memo->call->params[i].word))
			memcpy(&place->answer[answers++], argv[i].p, argv[i].n);
	pthread_mutex_unlock(&lock);
}
