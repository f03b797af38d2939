/* SPDX-License-Identifier: MIT */
/*
 * observe.h - look over a kernel's shoulder: QCUDA_SOFTGPU_CHECK, QCUDA_SOFTGPU_PROFILE
 *
 * Theory of operation
 *
 * A launch that nobody looks at has no observer, and warp_run() runs as ever.  One that has an
 * observer runs its instructions in observe_run() instead, which knows of each instruction
 * which row of the tables it was made from, hence whether it reads or writes memory, and where.
 *
 * QCUDA_SOFTGPU_CHECK=race,init and QCUDA_SOFTGPU_PROFILE=1 or =lines ask for them.
 *
 *	observe.c		which instruction is what, and the loop
 *	observe_profile.c	counts: instructions, lanes, transactions, time
 *	observe_race.c		accesses of shared memory that no barrier keeps apart
 *	observe_init.c		reads of memory that nobody wrote
 *
 * Findings go to the log; the kernel runs on and its results do not change.
 */
#ifndef SOFTGPU_OBSERVE_H
#define SOFTGPU_OBSERVE_H

#include <pthread.h>

#include "softgpu/exec.h"
#include "softgpu/ptx_parse.h"

enum observe_what { OBSERVE_RACES = 1, OBSERVE_INIT = 2, OBSERVE_PROFILE = 4, OBSERVE_LINES = 8 };

enum access_kind {
	ACCESS_NONE, ACCESS_LOAD, ACCESS_STORE, ACCESS_ATOMIC,
	ACCESS_BARRIER, ACCESS_WARP_BARRIER, ACCESS_FENCE, ACCESS_GUARD,
};

/**
 * struct access - what one decoded instruction does to memory
 * @operand:	which holds the address; of a guard: the predicate
 * @bytes:	of a lane, all elements of a vector together
 * @matrices:	ldmatrix, stmatrix: eight lanes of each have the addresses of its rows; 0: all lanes
 * @weak:	others may not look at the same time: not volatile, relaxed or atomic
 * @ordered:	acquire, release, or both
 */
struct access {
	enum access_kind kind;
	enum ptx_space space;
	uint8_t operand, bytes, matrices;
	bool weak, ordered;
};

/* struct tally - of one decoded instruction; all but @ticks exact; updated atomically */
struct tally {
	uint64_t runs, lanes, sectors, wavefronts, ticks;
};

/* struct watched - a function that a launch ran */
struct watched {
	struct watched *next;
	const struct function *function;
	struct access *accesses;
	struct tally *tallies;
};

/**
 * struct observer - of one launch
 * @functions:	made when first met; only ever grows
 * @findings:	reported so far, each pair of instructions once
 */
struct observer {
	const struct job *job;
	unsigned what;
	struct watched *functions;
	pthread_mutex_t lock;
	struct finding {
		const char *kind;
		const struct ptx_instr *one, *other;
	} findings[32];
	unsigned finding_count;
	uint64_t began_ns;
};

/* observe_begin() - the launch's observer; NULL: nobody wants to look, or no memory */
struct observer *observe_begin(const struct job *job);

/* observe_end() - report what was counted, and free */
void observe_end(struct observer *observer);

/* observe_block() - a block begins */
void observe_block(struct cta *cta);

/* observe_run() - run instructions from @in to warp.stop, as the loop in warp_run() does */
const struct insn *observe_run(struct warp *w, const struct insn *in);

/* observe_alloc() - memory that a program got and has not written */
void observe_alloc(void *memory, size_t bytes);

/* observe_wanted() - by the environment: of enum observe_what */
unsigned observe_wanted(void);

/* observe_thread(), observe_source() - for a line of the log, in @text of OBSERVE_TEXT bytes */
#define OBSERVE_TEXT	160
const char *observe_thread(const struct cta *cta, unsigned thread, char *text);
const char *observe_source(const struct ptx_instr *source, char *text);

/*
 * observe_new() - is this finding the first of its kind, and not one too many?
 */
bool observe_new(struct observer *observer, const char *kind, const struct ptx_instr *one,
		 const struct ptx_instr *other);

/* access_lanes() - those of @mask that have an address */
uint32_t access_lanes(const struct access *access, uint32_t mask);

/* access_address() - of lane @lane: an offset in shared or local memory, or a host address */
uint64_t access_address(const struct warp *w, const struct insn *in, const struct access *access,
			unsigned lane);

/* access_shared() - the same as an offset in the block's shared memory; false: it is elsewhere */
bool access_shared(const struct warp *w, const struct insn *in, const struct access *access,
		   unsigned lane, uint64_t *offset);

/* ---- the observers; @mask: the lanes that run ---- */

void profile_count(const struct warp *w, const struct insn *in, const struct access *access,
		   struct tally *tally, uint32_t mask);
void profile_report(struct observer *observer);
uint64_t profile_ticks(void);

/* profile_own_ns() - processor time of this thread; profile_decoded() - say that decoding took @ns of it */
uint64_t profile_own_ns(void);
void profile_decoded(const struct kernel *kernel, uint64_t ns);

/* profile_sum() - what a whole launch did, for struct launch's @totals */
void profile_sum(const struct observer *observer, struct launch_totals *totals);

void race_block(struct cta *cta);
void race_check(struct warp *w, const struct insn *in, const struct access *access, uint32_t mask);
void race_synced(struct warp *w, uint32_t mask);

void init_block(struct cta *cta);
void init_check(struct warp *w, const struct insn *in, const struct access *access, uint32_t mask);

#endif /* SOFTGPU_OBSERVE_H */
