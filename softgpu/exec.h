/* SPDX-License-Identifier: MIT */
/*
 * exec.h - how decoded instructions run
 *
 * A warp runs one instruction for 32 lanes at a time.  Registers are arrays of lanes:
 *
 *	bank 0	32-bit registers (and 8- and 16-bit ones, zero-extended), 32 x 4 bytes
 *	bank 1	64-bit registers, 32 x 8 bytes
 *	bank 2	predicates, one bit a lane, 4 bytes
 *	bank 3	constants of the function, read only, laid out like the banks above
 *
 * An operand is a bank number plus a byte offset, a multiple of 4, from where the running
 * function's frame begins in that bank, so all operands are found by one formula without a
 * branch: warp->bank[operand & 3] + operand, where bank[b] is b bytes in front of the frame.
 * The banks are apart because lanes of one warp may be in different functions at one time:
 * lane i of any frame only ever occupies column i, whatever the frame's shape.
 *
 * Lanes that stand at one instruction with one frame form a group.  One group of a warp
 * runs at a time (warp.c says which); its lanes are @mask.  A handler computes all 32
 * lanes, which is cheapest, but writes only those of @mask when other lanes' registers
 * still matter (@keep).
 *
 * Every handler exists twice, compiled for plain x86-64 and for x86-64-v3 (AVX2, FMA);
 * isa.c picks.
 */
#ifndef SOFTGPU_EXEC_H
#define SOFTGPU_EXEC_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "softgpu/launch.h"

#define LANES		32
#define ALL_LANES	0xffffffffu
#define INSN_OPERANDS	9

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* The guest program's own data races are not ours */
#define GUEST_ACCESS	__attribute__((no_sanitize("thread")))

enum bank { BANK_32, BANK_64, BANK_PRED, BANK_CONST, BANKS };

enum operand_role { ROLE_NONE, ROLE_USE, ROLE_DEF, ROLE_BOTH };

struct warp;
struct insn;

/* A handler runs an instruction and returns the next, or NULL to have the warp rescheduled */
typedef const struct insn *insn_fn(struct warp *w, const struct insn *in);

/**
 * struct insn - a decoded instruction, one cache line
 * @o:		operands
 * @roles:	two bits an operand, enum operand_role, for the register allocator
 * @imm, @target, @extra: as the handler likes
 * @aux:	as the handler likes
 * @slot:	of the warp's span cache, for memory instructions
 * @count:	elements of a vector
 */
struct insn {
	insn_fn *fn;
	union {
		int64_t imm;
		const struct insn *target;
		const void *extra;
	};
	uint32_t o[INSN_OPERANDS];
	uint32_t roles;
	uint32_t aux;
	uint16_t slot;
	uint8_t count, flags;
};

static_assert(sizeof(struct insn) == 64, "an instruction fills a cache line");

/* struct exec_op - one row of the instruction tables; decode_alu.c explains @signature */
struct exec_op {
	const char *name;
	const char *signature;
	insn_fn *fn;
};

struct kernel;

/* kernel_function() - what a prepared kernel runs; kernel_shared() - its static .shared bytes */
const struct function *kernel_function(const struct kernel *kernel);
size_t kernel_shared(const struct kernel *kernel);

/* kernel_is_constant() - @address is in a .const variable of the kernel's program */
bool kernel_is_constant(const struct kernel *kernel, uint64_t address);

struct exec_family {
	const struct exec_op *ops;
	unsigned count;
};

/* struct frame - where a function's registers and local memory begin; equal for a group */
struct frame {
	uint32_t bank[3];
	uint32_t local;
};

static inline bool frame_equal(const struct frame *a, const struct frame *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/**
 * struct function - a decoded .func or .entry
 * @frame:	bytes of each bank, and of local memory, that one activation takes
 * @code:	ends in an instruction that does not fall through
 * @constants:	bank 3
 * @source:	what each instruction was made of, for messages
 * @stack:	what it and all it calls need; without recursion and function pointers
 * @unbounded:	with them
 * @once, @block, @warp: taken out of a kernel's code: see decode_hoist.c
 * @stack_known, @on_path: while @stack is computed
 * @parameter_bytes: results and parameters at the beginning of its local frame
 */
struct function {
	const char *name;
	struct insn *code;
	unsigned count;
	struct frame frame;
	unsigned char *constants;
	size_t constant_bytes;
	const struct ptx_instr **source;
	uint32_t parameter_bytes;
	struct frame stack;
	struct insn *once, *block, *warp;
	unsigned once_count, block_count, warp_count;
	bool unbounded, stack_known, on_path;
};

/**
 * enum group_state
 *
 * GROUP_READY		may run
 * GROUP_BARRIER	waits in bar.sync number @barrier, to go on at @pc
 * GROUP_SYNC		waits at @pc, a .sync instruction, for the other lanes of @members
 */
enum group_state {
	GROUP_READY,
	GROUP_BARRIER,
	GROUP_SYNC,
};

struct group {
	const struct insn *pc;
	const struct function *function;
	struct frame frame;
	uint32_t mask, depth;
	enum group_state state;
	uint32_t barrier, members;
	uint64_t turn;
};

/* struct span - memory that engine_memory.find() admitted */
struct span {
	uint64_t base, bytes;
};

#define SPANS	32

/* Of warp.place: ld and st have a number in insn.flags, and in insn.aux whether to believe it */
#define PLACES		32
#define PLACE_NOBODY	(PLACES - 1)	/* the number that nobody believes */

/**
 * struct warp
 * @stop:	the instruction before which the running group must be rescheduled
 * @mask:	lanes that run
 * @keep:	lanes that do not run and whose registers matter
 * @bank:	where the running frame's operands are; see operand()
 * @ordered:	the running group has the lowest pc of its depth
 * @spinning:	a lock's or flag's instruction ran since the last backward branch
 * @spun:	so did the budget end
 * @blocked:	nothing to run until a barrier lets go
 * @forced:	the .sync instruction at hand runs without the lanes that are missing
 * @budget:	backward branches left before the warp gives way
 * @live:	lanes that exist and have not exited
 * @groups:	@current is the running one; @chosen runs before those of lower pc
 * @shared, @shared_bytes, @spans: the block's; see struct cta
 * @place:	patterns of addresses that accesses have noted, enum pattern; see decode_place.c
 * @memory, @size: the banks, from the first frame on; @grown: allocated apart from the block
 * @cluster_arrived: lanes that have arrived at the cluster's barrier, which is not full yet
 * @stack_top:	of each lane's local memory; alloca grows downwards from there, and then it is @lowered
 */
struct warp {
	const struct insn *stop;
	uint32_t mask, keep;
	uintptr_t bank[BANKS];
	unsigned char *shared;
	size_t shared_bytes;
	struct span *spans;
	uint8_t place[PLACES];
	bool ordered, spinning, forced, spun, blocked, lowered;
	int budget;
	uint32_t live;
	struct group *current, *chosen;
	struct cta *cta;
	unsigned index;
	unsigned group_count;
	struct group groups[LANES];
	unsigned char *memory[3];
	size_t size[3];
	bool grown[3];
	uint32_t stack_top[LANES];
	uint32_t cluster_arrived;
	uint64_t turns;
};

#define BARRIERS	16
#define CLUSTER_BARRIER	BARRIERS	/* where a group waits in barrier.cluster */

/* How the decoder tells bar what to do: insn.aux, a reduction, and insn.flags */
enum bar_reduction { BAR_NONE, BAR_POPC, BAR_AND, BAR_OR };
enum bar_flags { BAR_ARRIVE = 1, BAR_COUNTED = 4 };

/* struct barrier - one of a block's barriers (PTX ISA, bar) */
struct barrier {
	uint32_t arrived, expected;
	uint32_t popc, any, all;
};

/**
 * struct job - a launch and what its threads share
 * @params:	the parameter block, padded so that any aligned access to it stays inside
 * @next:	the first block that nobody has taken
 * @crew:	threads that may work on it; @workers: of the pool that do
 * @failed:	stop as soon as possible; @fault says why, written by the first to fail
 * @observer:	who looks at it, observe.h; NULL: nobody
 * @cluster, @cluster_blocks: the shape of a cluster and its blocks, 1 without; @clusters: with
 * @workspace:	what %envreg1 and 2 point to: the grid barrier of cooperative groups
 */
struct job {
	const struct launch *launch;
	const struct function *entry;
	unsigned char *params;
	size_t params_bytes;
	uint32_t grid[3], block[3], cluster[3], cluster_blocks;
	bool clusters;
	uint64_t total, next;
	unsigned threads, crew, workers;
	size_t shared_bytes, local_bytes;
	uint64_t id, deadline_ns;
	bool failed;
	struct fault fault;
	struct observer *observer;
	_Alignas(64) unsigned char workspace[64];
	struct job *later;
};

/* job_fail() - the first failure of a job counts; @fault is copied */
void job_fail(struct job *job, const struct fault *fault);

#define CLUSTER_MOST	16

/**
 * struct cluster - blocks that run together: cluster.h
 * @ctas:	by rank
 * @arrived:	threads at its barrier; @phase: how often that was full
 */
struct cluster {
	struct cta *ctas[CLUSTER_MOST];
	unsigned count;
	uint32_t arrived;
	uint64_t phase;
};

/**
 * struct cta - a running block
 * @cluster, @rank: the cluster, and which of its blocks this is
 * @own:	the cluster if this is the first
 * @tid:	x, y, z of each lane of each warp: tid[warp][axis][lane]
 * @shared:	its shared memory
 * @local:	all threads' local memory, @local_bytes for each, @local_stride apart
 * @active:	a bit for each barrier where somebody has arrived
 * @spans:	what memory was found valid, kept for the whole launch
 * @constants:	bank 3 of the kernel's own body: function.constants and what is hoisted
 * @staged:	operands that a tex has too many of, from one instruction to the next
 * @memory:	holds everything but struct cta itself
 * @shadow:	of the shared memory, observe_race.c; NULL: without
 */
struct cta {
	struct job *job;
	struct warp *warps;
	unsigned warp_count, live_threads;
	bool faulted;
	uint32_t ctaid[3];
	uint64_t linear;
	uint32_t (*tid)[3][LANES];
	unsigned char *shared, *local;
	size_t shared_bytes, local_stride, local_bytes, local_size;
	struct barrier barriers[BARRIERS];
	uint32_t active;
	struct span spans[SPANS];
	unsigned char *constants;
	uint32_t staged[9][LANES];
	void *memory;
	struct shadow *shadow;
	struct cluster *cluster, own;
	uint32_t rank;
};

enum cta_result { CTA_DONE, CTA_YIELD, CTA_SPIN, CTA_BLOCKED, CTA_FAULT };

/* cta_create() - room to run blocks of @job, one at a time; NULL: no memory */
struct cta *cta_create(struct job *job);
void cta_destroy(struct cta *cta);

/* cta_start() - begin block number @linear */
void cta_start(struct cta *cta, uint64_t linear);

/*
 * cta_run() - until it ends, faults, each warp has used up its budget (CTA_SPIN: waiting), or all
 * threads wait, some for other blocks of the cluster (CTA_BLOCKED)
 */
enum cta_result cta_run(struct cta *cta);

/* cta_deadlock() - the launch has failed: nobody can go on */
void cta_deadlock(struct cta *cta);

/* ---- operands ---- */

/* A handler's time is its loads; the compiler is to keep a sum, not its parts in too many registers */
static inline void *whole(uintptr_t sum)
{
	__asm__("" : "+r" (sum));
	return (void *)sum;
}

static inline void *operand(const struct warp *w, uint32_t o)
{
	return whole(w->bank[o & 3] + o);
}

/* bank_at() - what warp.bank has for a bank whose part of the frame is at @memory */
static inline uintptr_t bank_at(const unsigned char *memory, unsigned bank)
{
	return (uintptr_t)memory - bank;
}

/* The lanes of a result of type T: its bank is known, and that it is no constant */
#define RESULT(T, w, o)	((T *)whole((w)->bank[sizeof(T) == 8 ? BANK_64 : BANK_32] + (o)))

static inline uint32_t *r32(const struct warp *w, uint32_t o)
{
	return operand(w, o);
}

static inline uint64_t *r64(const struct warp *w, uint32_t o)
{
	return operand(w, o);
}

static inline uint32_t *pred(const struct warp *w, uint32_t o)
{
	return operand(w, o);
}

#define OWN	__attribute__((visibility("hidden")))

extern OWN const uint32_t lane_bit[LANES];
extern OWN const uint64_t lane_bit64[LANES];

/* Lanes do not depend on each other: an operand is the destination itself, or apart from it */
#if defined(__clang__)
/* Loops that need a library call or a table look-up a lane do not vectorise: no news */
#pragma clang diagnostic ignored "-Wpass-failed"
/* Unrolled first, the loop would be too long for the vectoriser */
#define EACH_LANE	_Pragma("clang loop vectorize(assume_safety) unroll(disable)") \
			for (unsigned i = 0; i < LANES; i++)
#else
#define EACH_LANE	_Pragma("GCC ivdep") for (unsigned i = 0; i < LANES; i++)
#endif

/* Write @value, an expression of i, to the lanes of d that run; d has type T* */
#define STORE_LANES(T, w, d, value)						\
	do {									\
		if (likely(!(w)->keep)) {					\
			EACH_LANE						\
				(d)[i] = (T)(value);				\
		} else {							\
			const uint32_t mask_ = (w)->mask;			\
			EACH_LANE {						\
				T new_ = (T)(value);				\
				(d)[i] = mask_ & lane_bit[i] ? new_ : (d)[i];	\
			}							\
		}								\
	} while (0)

/* Write @bits to the lanes of the predicate that run */
static inline void pred_write(const struct warp *w, uint32_t o, uint32_t bits)
{
	uint32_t *d = pred(w, o);

	*d = (*d & ~w->mask) | (bits & w->mask);
}

/* Each lane whose bit is set in @mask, lowest first */
#define EACH_ACTIVE(lane, mask)							\
	for (uint32_t m_##lane = (mask), lane = 0;				\
	     m_##lane && (lane = (uint32_t)__builtin_ctz(m_##lane), 1); m_##lane &= m_##lane - 1)

/* The symbol @name of the build in hand: base or v3 */
#ifdef EXEC_V3
#define EXEC(name)	name##_v3
#else
#define EXEC(name)	name##_base
#endif

#define EXEC_FAMILY(name, table)						\
	const struct exec_family EXEC(name) = {					\
		(table), sizeof(table) / sizeof((table)[0])			\
	}

/* exec_op_find() - the row called @name, for this machine; NULL: there is none */
const struct exec_op *exec_op_find(const char *name);

/* exec_op_of() - a row that has the handler @fn; slow */
const struct exec_op *exec_op_of(insn_fn *fn);

/* ---- the warp's scheduler: warp.c ---- */

enum warp_result { WARP_DONE, WARP_BLOCKED, WARP_YIELD, WARP_FAULT };

/* warp_start() - lanes @live begin @entry */
void warp_start(struct warp *w, const struct function *entry, uint32_t live);

/* warp_run() - until it ends, waits, faults or has used up its budget */
enum warp_result warp_run(struct warp *w);

/*
 * For control-flow handlers.  Those that return an instruction return what the handler must
 * return.
 */

/* warp_fault() - lane @lane does something wrong; Return: NULL */
const struct insn *warp_fault(struct warp *w, const struct insn *in, unsigned lane,
			      CUresult result, uint64_t address, const char *what);

/* warp_reschedule() - the running group goes on at @pc, or another group does */
const struct insn *warp_reschedule(struct warp *w, const struct insn *pc);

/* warp_goto() - the whole group branches from @in to @target */
const struct insn *warp_goto(struct warp *w, const struct insn *in, const struct insn *target);

/* warp_split() - lanes @taken of the running group go to @target, the others to @next */
const struct insn *warp_split(struct warp *w, const struct insn *in, uint32_t taken,
			      const struct insn *target, const struct insn *next);

/* warp_leave() - lanes outside @stay leave the running group and wait at @pc */
void warp_leave(struct warp *w, uint32_t stay, const struct insn *pc);

/* warp_exit() - the running group's lanes end */
const struct insn *warp_exit(struct warp *w);

/* warp_block() - the running group waits in @state, to go on at @pc */
const struct insn *warp_block(struct warp *w, const struct insn *pc, enum group_state state);

/*
 * warp_gathered() - are all of @members here that still live?  If not, the group waits and
 * the handler returns NULL.
 */
bool warp_gathered(struct warp *w, const struct insn *in, uint32_t members);

/*
 * warp_enter() - the running group gets a frame for @callee above its own
 * warp_return() - and gives it back to @caller
 */
const struct insn *warp_enter(struct warp *w, const struct insn *in,
			      const struct function *callee);
const struct insn *warp_return(struct warp *w, const struct insn *call,
			       const struct function *caller);

/* barrier_check() - threads arrived or ended: release whoever need not wait any more */
void barrier_check(struct cta *cta, unsigned id);

static inline unsigned char *lane_local(const struct warp *w, unsigned lane)
{
	return w->cta->local + (w->index * LANES + lane) * w->cta->local_stride;
}

#endif /* SOFTGPU_EXEC_H */
