/* SPDX-License-Identifier: MIT */
/*
 * decode_hoist.c - what is the same for all threads of a launch, and copies, do not run
 *
 * Reading a kernel parameter or %ntid gives every thread the same value, %ctaid every thread
 * of a block, %tid the same value in every block.  In a kernel's own body such instructions
 * are taken out of the code and become function.once, function.block and function.warp:
 * cta.c runs them when a block's room is made, when a block begins, and for each warp of
 * the room.  The first two write constants, the last registers that nothing else uses.
 *
 * A copy of a register that is written once, before the first branch, or of a constant needs
 * no register of its own: its readers read the original.
 *
 * QCUDA_SOFTGPU_PERF=no_hoist leaves everything where it was written.
 */

#include "softgpu/decode.h"
#include "softgpu/perf.h"

/* struct value - what is known of a virtual register */
struct value {
	uint32_t writes;
	uint32_t instead;	/* read this operand; 0: itself */
	bool first;		/* its one write is before the first branch or label */
};

enum when { WHEN_RUN, WHEN_ONCE, WHEN_BLOCK, WHEN_WARP, WHENS };

/* struct hoist - @sizes: room in the function's lists of what was taken out */
struct hoist {
	struct decoder *d;
	struct value *values[3];
	uint32_t sizes[WHENS];
};

static const struct {
	const char *row;
	enum when when;
} hoistable[] = {
	{ "ld.param.u8.w", WHEN_ONCE }, { "ld.param.s8.w", WHEN_ONCE },
	{ "ld.param.u16.w", WHEN_ONCE }, { "ld.param.s16.w", WHEN_ONCE },
	{ "ld.param.u32.w", WHEN_ONCE }, { "ld.param.u64.q", WHEN_ONCE },
	{ "param.address", WHEN_ONCE },
	{ "%ntid.x", WHEN_ONCE }, { "%ntid.y", WHEN_ONCE }, { "%ntid.z", WHEN_ONCE },
	{ "%nctaid.x", WHEN_ONCE }, { "%nctaid.y", WHEN_ONCE }, { "%nctaid.z", WHEN_ONCE },
	{ "%laneid", WHEN_ONCE }, { "%lanemask_lt", WHEN_ONCE }, { "%lanemask_le", WHEN_ONCE },
	{ "%lanemask_gt", WHEN_ONCE }, { "%lanemask_ge", WHEN_ONCE },
	{ "%lanemask_eq", WHEN_ONCE }, { "%dynamic_smem_size", WHEN_ONCE },
	{ "%envreg1", WHEN_ONCE }, { "%envreg2", WHEN_ONCE },
	{ "%ctaid.x", WHEN_BLOCK }, { "%ctaid.y", WHEN_BLOCK }, { "%ctaid.z", WHEN_BLOCK },
	{ "%tid.x", WHEN_WARP }, { "%tid.y", WHEN_WARP }, { "%tid.z", WHEN_WARP },
	{ "%warpid", WHEN_WARP },
};

static const char *const copies[] = {
	"mov.b32", "mov.b64", "mov.pred", "cvta.global.u64", "cvt.u32.u32", "cvt.u64.u64",
};

#define HOISTABLE	(sizeof(hoistable) / sizeof(hoistable[0]))
#define COPIES		(sizeof(copies) / sizeof(copies[0]))

/* The rows' handlers, found once */
static insn_fn *hoistable_fns[HOISTABLE], *copy_fns[COPIES];

static void find_fns(void)
{
	for (unsigned i = 0; i < HOISTABLE; i++)
		hoistable_fns[i] = exec_op_find(hoistable[i].row)->fn;
	for (unsigned i = 0; i < COPIES; i++)
		copy_fns[i] = exec_op_find(copies[i])->fn;
}

static enum when hoisted(const struct insn *in)
{
	for (unsigned i = 0; i < HOISTABLE; i++)
		if (in->fn == hoistable_fns[i])
			return hoistable[i].when;
	return WHEN_RUN;
}

static bool is_copy(const struct insn *in)
{
	for (unsigned i = 0; i < COPIES; i++)
		if (in->fn == copy_fns[i])
			return true;
	return false;
}

/* Roles of instructions that only have a result, and of those that have a source, too; without a guard */
#define READING	ROLE_DEF
#define COPYING	(ROLE_DEF | ROLE_USE << 2)

static struct value *value_of(struct hoist *h, uint32_t code)
{
	return (code & 3) == BANK_CONST ? NULL : &h->values[code & 3][code >> 2];
}

static uint32_t first_branch(const struct decoder *d)
{
	uint32_t first = d->count;

	for (uint32_t i = 0; i < d->fixup_count; i++)
		if (d->fixups[i].insn < first)
			first = d->fixups[i].insn;
	for (uint32_t i = 0; i < d->label_count; i++)
		if (d->labels[i].placed && d->labels[i].position < first)
			first = d->labels[i].position;
	for (uint32_t i = 0; i < first; i++)
		if (decode_is(&d->insns[i], ROW_BRA_IF))
			return i;
	return first;
}

static void count_writes(struct hoist *h)
{
	struct decoder *d = h->d;
	uint32_t first = first_branch(d);

	for (uint32_t i = 0; i < d->count; i++) {
		struct insn *in = &d->insns[i];

		EACH_OPERAND(n, role, in) {
			struct value *value;

			if (!(role & ROLE_DEF))
				continue;
			value = value_of(h, in->o[n]);
			value->writes++;
			value->first = i < first && role == ROLE_DEF;
		}
	}
}

static void move_to(struct hoist *h, struct insn *in, enum when when, struct insn **list, unsigned *count)
{
	struct decoder *d = h->d;
	struct insn *grown = decode_grow(d, &d->kernel->bump, *list, *count, &h->sizes[when], sizeof(**list));

	if (!grown)
		return;
	*list = grown;
	grown[(*count)++] = *in;
}

/* Take the instruction out of the code: its register becomes a constant, or one of its own */
static void hoist_one(struct hoist *h, struct insn *in, enum when when)
{
	struct decoder *d = h->d;
	struct function *f = d->function;
	struct value *value = value_of(h, in->o[0]);
	uint32_t code = in->o[0];

	if (when == WHEN_WARP) {
		/* The register stays; decode_alloc.c gives it a place for good */
		move_to(h, in, when, &f->warp, &f->warp_count);
	} else {
		code = decode_constant_slot(d, (enum bank)(code & 3));
		value->instead = code;
		in->o[0] = code;
		if (when == WHEN_ONCE)
			move_to(h, in, when, &f->once, &f->once_count);
		else
			move_to(h, in, when, &f->block, &f->block_count);
	}
	in->fn = NULL;
	in->roles = 0;
}

static void hoist_reads(struct hoist *h)
{
	struct decoder *d = h->d;

	for (uint32_t i = 0; i < d->count; i++) {
		struct insn *in = &d->insns[i];
		enum when when;

		if (in->roles != READING || value_of(h, in->o[0])->writes != 1)
			continue;
		when = hoisted(in);
		if (when != WHEN_RUN)
			hoist_one(h, in, when);
	}
}

static uint32_t resolve(struct hoist *h, uint32_t code)
{
	struct value *value = value_of(h, code);

	return value && value->instead ? value->instead : code;
}

/* Does the operand keep its value from the first write on? */
static bool is_stable(struct hoist *h, uint32_t code)
{
	struct value *value = value_of(h, code);

	return !value || value->first;
}

static void forget_copies(struct hoist *h)
{
	struct decoder *d = h->d;

	for (uint32_t i = 0; i < d->count; i++) {
		struct insn *in = &d->insns[i];
		struct value *value;
		uint32_t source;

		if (in->roles != COPYING || !is_copy(in))
			continue;
		value = value_of(h, in->o[0]);
		source = resolve(h, in->o[1]);
		if (value->writes != 1 || !is_stable(h, source) ||
		    (value_of(h, source) && value_of(h, source)->writes != 1))
			continue;
		value->instead = source;
		in->fn = NULL;
		in->roles = 0;
	}
}

static void rewrite_reads(struct hoist *h)
{
	struct decoder *d = h->d;

	for (uint32_t i = 0; i < d->count; i++)
		EACH_OPERAND(n, role, &d->insns[i])
			if (role == ROLE_USE)
				d->insns[i].o[n] = resolve(h, d->insns[i].o[n]);
}

void decode_hoist(struct decoder *d)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct hoist h = { .d = d };

	if (!perf_on(PERF_HOIST))
		return;
	pthread_once(&once, find_fns);
	for (unsigned b = 0; b < 3; b++) {
		h.values[b] = decode_scratch(d, d->registers[b], sizeof(*h.values[b]));
		if (!h.values[b])
			return;
	}
	count_writes(&h);
	if (d->definition->function->entry)
		hoist_reads(&h);
	forget_copies(&h);
	rewrite_reads(&h);
}
